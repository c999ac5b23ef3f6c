using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using TransferEngine.Images;
using TransferEngine.Persistence;
using TransferEngine.TestKit;
using Xunit;

namespace TransferEngine.Tests.Migrations;

/// <summary>What a run holds follows what is open, not how much there is to move.</summary>
public sealed class BoundedMemoryTests
{
    private const int Repositories = 500;
    private const int ImagesEach = 100;
    private const long Allowed = 20 * 1024 * 1024;

    [Fact]
    public async Task Fifty_thousand_images_need_no_more_memory_than_five_thousand()
    {
        using var state = new TemporaryFolder();
        var options = new JobStoreOptions { StateDirectory = state.Of("state") };
        await using var system = new SqlActorSystem(options);
        var engine = new MigrationEngine(new EngineOptions(), system, new SqlJobStore(options, TimeProvider.System), TimeProvider.System);
        var heap = new HeapWatch(5_000, Repositories * ImagesEach);
        var report = await engine.MigrateAsync(new MigrationJob(new EndlessSource(), new ForgettingTarget()), heap, CancellationToken.None);

        Assert.Equal((Repositories * ImagesEach, true), (report.Totals.Migrated, report.IsChecked));
        Assert.InRange(heap.Last - heap.First, long.MinValue, Allowed);
    }

    private sealed class HeapWatch(int first, int last) : IMigrationObserver
    {
        private int _images;

        public long First { get; private set; }

        public long Last { get; private set; }

        public void OnStarted(IMigrationProgress progress)
        {
        }

        public void OnImage(ImageResult result)
        {
            _images++;
            if (_images == first)
                First = GC.GetTotalMemory(forceFullCollection: true);
            if (_images == last)
                Last = GC.GetTotalMemory(forceFullCollection: true);
        }
    }

    /// <summary>Small images, each with a config of its own and layers that it shares; keeps only what the last few repositories hold.</summary>
    private sealed class EndlessSource : IImageSource
    {
        private readonly Lock _lock = new();
        private readonly Queue<Repository> _recent = new();

        private sealed record Repository(RepositoryName Name, Dictionary<Digest, byte[]> Contents, List<SourceImage> Images);

        public string Endpoint => "endless:";

        public async IAsyncEnumerable<SourceRepository> ListRepositoriesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            for (var i = 0; i < Repositories; i++)
            {
                await Task.Yield();
                cancellationToken.ThrowIfCancellationRequested();
                yield return new SourceRepository($"team/app{i}", RepositoryName.Parse($"team/app{i}"));
            }
        }

        public async IAsyncEnumerable<SourceImage> ListImagesAsync(RepositoryName repository, bool untagged, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            foreach (var image in Make(repository).Images)
                yield return image;
        }

        public async IAsyncEnumerable<string> ListNamesAsync(RepositoryName repository, bool untagged, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            for (var i = 0; i < ImagesEach; i++)
                yield return $"v{i}";
        }

        public ValueTask<Manifest> ReadManifestAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
            ValueTask.FromResult(ManifestReader.Read(ContentOf(repository, digest), digest));

        public ValueTask<long?> FindBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
            ValueTask.FromResult<long?>(ContentOf(repository, digest).Length);

        public ValueTask<BlobContentStream> OpenBlobAsync(RepositoryName repository, Digest digest, long offset, CancellationToken cancellationToken)
        {
            var content = ContentOf(repository, digest);
            return ValueTask.FromResult(new BlobContentStream(new MemoryStream(content, (int)offset, content.Length - (int)offset), content.Length));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private byte[] ContentOf(RepositoryName repository, Digest digest)
        {
            lock (_lock)
                return _recent.First(recent => recent.Name == repository).Contents[digest];
        }

        private Repository Make(RepositoryName name)
        {
            var repository = new Repository(name, [], []);
            for (var i = 0; i < ImagesEach; i++)
            {
                string[] blobs = [Add($"config {name} {i}"), Add($"layer {i % 10}"), Add($"layer {name} {i}")];
                var manifest = Encoding.UTF8.GetBytes(
                    $$"""{"schemaVersion":2,"mediaType":"{{MediaType.OciManifest}}","config":{{blobs[0]}},"layers":[{{blobs[1]}},{{blobs[2]}}]}""");
                var digest = Digest.OfSha256(manifest);
                repository.Contents[digest] = manifest;
                repository.Images.Add(new SourceImage($"v{i}", Tag.Parse($"v{i}"), digest));
            }
            lock (_lock)
            {
                _recent.Enqueue(repository);
                if (_recent.Count > 64)
                    _recent.Dequeue();
            }
            return repository;

            string Add(string text)
            {
                var content = Encoding.UTF8.GetBytes(text);
                var digest = Digest.OfSha256(content);
                repository.Contents[digest] = content;
                return $$"""{"mediaType":"x","digest":"{{digest}}","size":{{content.Length}}}""";
            }
        }
    }

    /// <summary>Takes everything and keeps nothing.</summary>
    private sealed class ForgettingTarget : IImageTarget
    {
        public string Endpoint => "forgetting:";

        public RepositoryName MapRepository(RepositoryName source) => source;

        public Task CheckAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<IReadOnlySet<Tag>?> ListTagsAsync(RepositoryName repository, CancellationToken cancellationToken) => Task.FromResult<IReadOnlySet<Tag>?>(null);

        public Task<Digest?> HeadManifestAsync(RepositoryName repository, Reference reference, CancellationToken cancellationToken) => Task.FromResult<Digest?>(null);

        public Task<long?> HeadBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) => Task.FromResult<long?>(null);

        public Task<MountResult> MountBlobAsync(RepositoryName repository, Digest digest, RepositoryName from, CancellationToken cancellationToken) => Task.FromResult(MountResult.Mounted);

        public Task<UploadSession> StartUploadAsync(RepositoryName repository, CancellationToken cancellationToken) =>
            Task.FromResult(new UploadSession(repository, new Uri("http://forgetting/"), 0));

        public async Task PutBlobAsync(UploadSession session, Descriptor blob, PipeReader content, CancellationToken cancellationToken)
        {
            await content.CopyToAsync(Stream.Null, cancellationToken);
            await content.CompleteAsync();
        }

        public Task<UploadSession?> FindUploadAsync(UploadSession session, CancellationToken cancellationToken) => Task.FromResult<UploadSession?>(null);

        public Task CancelUploadAsync(UploadSession session, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task PutManifestAsync(RepositoryName repository, Reference reference, Manifest manifest, CancellationToken cancellationToken) => Task.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
