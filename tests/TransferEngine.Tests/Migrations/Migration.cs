using TransferEngine.TestKit.Memory;
using TransferEngine.Tests.Runtime;

namespace TransferEngine.Tests.Migrations;

/// <summary>A migration between fakes, with a journal that outlives the single run.</summary>
internal sealed class Migration : IMigrationObserver, IAsyncDisposable
{
    private readonly MemoryActorSystems _systems = new();
    private readonly MemoryHashedFiles _hashed = new();
    private readonly bool _ownsSystems = true;

    public Migration()
    {
    }

    /// <summary>With the same source and the same journals, and another target.</summary>
    public Migration(Migration other) => (_systems, Source, _ownsSystems) = (other._systems, other.Source, false);

    public MemorySource Source { get; } = new();

    public MemoryTarget Target { get; } = new();

    public List<ImageResult> Results { get; } = [];

    public EngineOptions Options { get; } = new()
    {
        RepositoryBackoff = TimeSpan.FromMilliseconds(1),
        BlobBackoff = TimeSpan.FromMilliseconds(1),
    };

    public Action<ImageResult> WhenImage { get; set; } = _ => { };

    public MigrationEngine Engine => new(Options, _systems, TimeProvider.System, _hashed);

    public async Task<MigrationReport> RunAsync(Func<MigrationJob, MigrationJob>? change = null, CancellationToken cancellationToken = default)
    {
        Results.Clear();
        var job = new MigrationJob(Source, Target) { Name = "job" };
        return await Engine.MigrateAsync(change is null ? job : change(job), this, cancellationToken).WaitAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
    }

    public ImageResult Result(string display) => Results.Single(result => result.Display == display);

    public void OnStarted(IMigrationProgress progress)
    {
    }

    public void OnImage(ImageResult result)
    {
        Results.Add(result);
        WhenImage(result);
    }

    public ValueTask DisposeAsync() => _ownsSystems ? _systems.DisposeAsync() : ValueTask.CompletedTask;
}
