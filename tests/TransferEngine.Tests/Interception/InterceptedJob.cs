using TransferEngine.Images;
using TransferEngine.TestKit.Memory;
using TransferEngine.Tests.Running;

namespace TransferEngine.Tests.Interception;

/// <summary>Images with many layers in common, moved between doubles by actors that tell each other things by a post of the test's.</summary>
internal sealed class InterceptedJob : IMigrationObserver, IAsyncDisposable
{
    private const int Repositories = 4;
    private const int Tags = 3;

    // Long enough for a machine that does other things: only what never ends is found by it.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly MemoryJobs _jobs;
    private readonly MemorySource _source = new();
    private readonly List<ImageResult> _results = [];

    public InterceptedJob(IPost post)
    {
        _jobs = new MemoryJobs(PostSetup.Of(post));
        for (var r = 0; r < Repositories; r++)
        {
            for (var t = 0; t < Tags; t++)
                _source.AddImage($"r{r}", $"v{t}", [.. Enumerable.Range(r + t, 3).Select(layer => $"layer {layer % 5}"), $"own {r} {t}"]);
        }
    }

    public MemoryTarget Target { get; } = new();

    public EngineOptions Options { get; } = new()
    {
        RepositoryBackoff = TimeSpan.FromMilliseconds(1),
        BlobBackoff = TimeSpan.FromMilliseconds(1),
        OpenRepositories = 3,
        ImagesPerRepository = 2,
        Pushers = 2,
    };

    public int Blobs => _source.Blobs.Count;

    /// <summary>The images that were named, in order.</summary>
    public IReadOnlyList<string> Named => [.. _results.Select(result => result.Display).Order(StringComparer.Ordinal)];

    public static IReadOnlyList<string> All =>
        [.. Enumerable.Range(0, Repositories).SelectMany(r => Enumerable.Range(0, Tags).Select(t => $"r{r}:v{t}")).Order(StringComparer.Ordinal)];

    public Task<MigrationReport> RunAsync(TimeSpan patience)
    {
        _results.Clear();
        var engine = new MigrationEngine(Options, _jobs, _jobs, TimeProvider.System) { Patience = patience };
        return engine.MigrateAsync(new MigrationJob(_source, Target) { Name = "job" }, this, CancellationToken.None).WaitAsync(Limit);
    }

    /// <summary>Has something in each of the target's repositories, so that they have to be asked what else they have.</summary>
    public async Task FillAsync()
    {
        Target.IsLenient = true;
        await foreach (var image in _source.ListImagesAsync(RepositoryName.Parse("r0"), untagged: false, CancellationToken.None))
        {
            var manifest = await _source.ReadManifestAsync(RepositoryName.Parse("r0"), image.Digest!.Value, CancellationToken.None);
            for (var r = 0; r < Repositories; r++)
                await Target.PutManifestAsync(RepositoryName.Parse($"r{r}"), Tag.Parse("other"), manifest, CancellationToken.None);
            break;
        }
        Target.IsLenient = false;
        Target.Requests.Clear();
    }

    public void OnStarted(IMigrationProgress progress)
    {
    }

    public void OnImage(ImageResult image) => _results.Add(image);

    public ValueTask DisposeAsync() => _jobs.DisposeAsync();
}
