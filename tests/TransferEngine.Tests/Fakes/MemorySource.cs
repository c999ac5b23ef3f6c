using System.Runtime.CompilerServices;
using System.Text;
using TransferEngine.Images;

namespace TransferEngine.Tests.Fakes;

/// <summary>A source in memory: images are added by the test, blobs can be damaged.</summary>
internal sealed class MemorySource : IImageSource
{
    private readonly SortedDictionary<RepositoryName, List<SourceImage>> _repositories = [];
    private readonly Dictionary<Digest, byte[]> _manifests = [];

    private int _listings;

    public Dictionary<Digest, byte[]> Blobs { get; } = [];

    public HashSet<RepositoryName> Unlistable { get; } = [];

    public int Opened { get; private set; }

    /// <summary>How often the repositories were listed.</summary>
    public int Listings => _listings;

    public string Endpoint => "memory:source";

    /// <summary>Blobs that are said to be files, with the length that is said of them.</summary>
    public Dictionary<Digest, BlobFile> Files { get; } = [];

    public TransferError? Damage { get; set; }

    public IReadOnlyList<string> Notes { get; set; } = [];

    public Descriptor AddBlob(string content)
    {
        var bytes = Encoding.UTF8.GetBytes(content);
        var digest = Digest.OfSha256(bytes);
        Blobs[digest] = bytes;
        return new Descriptor(MediaType.OciLayerGzip, digest, bytes.Length);
    }

    public Digest AddImage(string repository, string? tag, params string[] layers)
    {
        var config = AddBlob($"config of {string.Join(',', layers)}");
        var blobs = layers.Select(AddBlob).ToList();
        return AddManifest(repository, tag, ManifestJson(config, blobs));
    }

    public Digest AddIndex(string repository, string? tag, params Digest[] children)
    {
        var entries = children.Select(child =>
            $$"""{"mediaType":"{{MediaType.OciManifest}}","digest":"{{child}}","size":{{_manifests.GetValueOrDefault(child)?.Length ?? 1}}}""");
        return AddManifest(repository, tag, $$"""{"schemaVersion":2,"mediaType":"{{MediaType.OciIndex}}","manifests":[{{string.Join(',', entries)}}]}""");
    }

    public Digest AddManifest(string repository, string? tag, string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        var digest = Digest.OfSha256(bytes);
        _manifests[digest] = bytes;
        if (tag is not null)
            Images(repository).Add(new SourceImage(tag, Tag.Parse(tag), digest));
        return digest;
    }

    public void AddRepository(string repository) => Images(repository);

    public void AddDamaged(string repository, string tag, string code) =>
        Images(repository).Add(new SourceImage(tag, Tag.Parse(tag), null, new TransferError(code, "The tag's link is damaged.")));

    public async IAsyncEnumerable<SourceRepository> ListRepositoriesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _listings);
        foreach (var repository in _repositories.Keys)
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            yield return new SourceRepository(repository.ToString(), repository);
        }
    }

    public async IAsyncEnumerable<SourceImage> ListImagesAsync(
        RepositoryName repository, bool untagged, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        if (Unlistable.Contains(repository))
            throw new TransferException(new TransferError(ErrorCode.SourceUnreadable, "The folder can't be read.") { IsTransient = true });
        foreach (var image in _repositories[repository])
            yield return image;
    }

    public ValueTask<Manifest> ReadManifestAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        _manifests.TryGetValue(digest, out var bytes)
            ? ValueTask.FromResult(ManifestReader.Read(bytes, digest))
            : throw new TransferException(new TransferError(ErrorCode.ManifestMissing, "No such manifest.") { Digest = digest });

    public ValueTask<long?> FindBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        ValueTask.FromResult<long?>(Blobs.TryGetValue(digest, out var bytes) ? bytes.Length : null);

    public ValueTask<BlobContentStream> OpenBlobAsync(RepositoryName repository, Digest digest, long offset, CancellationToken cancellationToken)
    {
        Opened++;
        return Blobs.TryGetValue(digest, out var bytes)
            ? ValueTask.FromResult(new BlobContentStream(new MemoryStream(bytes, (int)offset, bytes.Length - (int)offset, writable: false), bytes.Length))
            : throw new TransferException(new TransferError(ErrorCode.BlobMissing, "No such blob.") { Digest = digest, Scope = ErrorScope.Blob });
    }

    public ValueTask<BlobFile?> FindFileAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Files.GetValueOrDefault(digest));

    public string? Locate(RepositoryName repository, Digest digest) => $"memory/{digest}";

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private List<SourceImage> Images(string repository)
    {
        var name = RepositoryName.Parse(repository);
        if (!_repositories.TryGetValue(name, out var images))
            _repositories.Add(name, images = []);
        return images;
    }

    private static string ManifestJson(Descriptor config, IEnumerable<Descriptor> layers) =>
        $$"""{"schemaVersion":2,"mediaType":"{{MediaType.OciManifest}}","config":{{Json(config)}},"layers":[{{string.Join(',', layers.Select(Json))}}]}""";

    private static string Json(Descriptor blob) =>
        $$"""{"mediaType":"{{blob.MediaType}}","digest":"{{blob.Digest}}","size":{{blob.Size}}}""";
}
