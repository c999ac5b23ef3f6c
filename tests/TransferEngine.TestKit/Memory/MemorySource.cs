using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using TransferEngine.Images;
using TransferEngine.TestKit.Conformance;

namespace TransferEngine.TestKit.Memory;

/// <summary>
/// A source in memory that answers as a storage tree does: contents belong to all repositories, tags and revisions to one. Images are
/// added by the test, blobs can be damaged.
/// </summary>
public sealed class MemorySource : IImageSource
{
    private readonly SortedDictionary<RepositoryName, Repository> _repositories = [];
    private readonly Dictionary<Digest, byte[]> _manifests = [];
    private readonly ConcurrentDictionary<Digest, Digest?> _subjects = new();

    private int _listings;
    private int _opened;

    private sealed record Repository(List<SourceImage> Tags, List<Digest> Revisions);

    public Dictionary<Digest, byte[]> Blobs { get; } = [];

    public HashSet<RepositoryName> Unlistable { get; } = [];

    /// <summary>How often a blob was opened.</summary>
    public int Opened => _opened;

    /// <summary>False: what is asked now is not counted, as somebody else looks.</summary>
    public bool IsWatched { get; set; } = true;

    /// <summary>How often the repositories were listed.</summary>
    public int Listings => _listings;

    public string Endpoint => "memory:source";

    /// <summary>Blobs that are said to be files, with the length that is said of them.</summary>
    public Dictionary<Digest, BlobFile> Files { get; } = [];

    /// <summary>Each repository is said to have copies of its own, as folders of images have.</summary>
    public bool OwnPlaces { get; set; }

    /// <summary>What asking for a place throws; null for nothing.</summary>
    public Exception? LocateFailure { get; set; }

    public TransferError? Damage { get; set; }

    public IReadOnlyList<string> Notes { get; set; } = [];

    /// <summary>All of a set, with what is damaged in it.</summary>
    public static MemorySource Of(ImageSet set)
    {
        var source = new MemorySource();
        foreach (var (name, repository) in set.Repositories)
        {
            var own = source.Of(name);
            own.Revisions.AddRange(repository.Manifests.Keys);
            own.Tags.AddRange(repository.Tags.OrderBy(tag => tag.Key).Select(tag => new SourceImage(tag.Key.ToString(), tag.Key, tag.Value)));
            foreach (var (digest, bytes) in repository.Manifests)
                source._manifests[digest] = bytes;
            foreach (var (digest, bytes) in repository.Blobs)
                source.Blobs[digest] = bytes;
        }
        return source;
    }

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

    /// <summary>A tag that is there already names this manifest from then on.</summary>
    public void AddTag(string repository, string tag, Digest digest)
    {
        var tags = Of(RepositoryName.Parse(repository)).Tags;
        tags.RemoveAll(image => image.Name == tag);
        tags.Add(new SourceImage(tag, Tag.Parse(tag), digest));
    }

    /// <summary>An image that refers to another manifest, as a signature does.</summary>
    public Digest AddReferrer(string repository, Digest subject, string content)
    {
        var (config, layer) = (AddBlob("{}"), AddBlob(content));
        var about = $$"""{"mediaType":"{{MediaType.OciManifest}}","digest":"{{subject}}","size":1}""";
        return AddManifest(repository, null,
            $$"""{"schemaVersion":2,"mediaType":"{{MediaType.OciManifest}}","config":{{Json(config)}},"layers":[{{Json(layer)}}],"subject":{{about}} }""");
    }

    public Digest AddManifest(string repository, string? tag, string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        var digest = Digest.OfSha256(bytes);
        _manifests[digest] = bytes;
        Of(RepositoryName.Parse(repository)).Revisions.Add(digest);
        if (tag is not null)
            AddTag(repository, tag, digest);
        return digest;
    }

    public void AddRepository(string repository) => Of(RepositoryName.Parse(repository));

    public void AddDamaged(string repository, string tag, string code) =>
        Of(RepositoryName.Parse(repository)).Tags.Add(new SourceImage(tag, Tag.Parse(tag), null, new TransferError(code, "The tag's link is damaged.")));

    public async IAsyncEnumerable<SourceRepository> ListRepositoriesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Interlocked.Add(ref _listings, IsWatched ? 1 : 0);
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
            throw new TransferException(new TransferError(ErrorCode.SourceUnreadable, "The folder can't be read.") { IsTransient = true, Scope = ErrorScope.Repository, Repository = repository });
        if (!_repositories.TryGetValue(repository, out var own))
            yield break;
        var named = own.Tags.Select(image => image.Digest).ToHashSet();
        foreach (var image in own.Tags.Concat(untagged ? own.Revisions.Distinct().Where(digest => !named.Contains(digest)).Select(Untagged) : []))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return image;
        }
    }

    public async IAsyncEnumerable<Digest> ListReferrersAsync(RepositoryName repository, Digest subject, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        foreach (var digest in _repositories.TryGetValue(repository, out var own) ? own.Revisions.Distinct() : [])
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (SubjectOf(digest) == subject)
                yield return digest;
        }
    }

    public ValueTask<Manifest> ReadManifestAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _manifests.TryGetValue(digest, out var bytes)
            ? ValueTask.FromResult(ManifestReader.Read(bytes, digest))
            : throw new TransferException(new TransferError(ErrorCode.ManifestMissing, "No such manifest.") { Repository = repository, Digest = digest });
    }

    public ValueTask<long?> FindBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult<long?>(Blobs.TryGetValue(digest, out var bytes) ? bytes.Length : null);
    }

    public ValueTask<BlobContentStream> OpenBlobAsync(RepositoryName repository, Digest digest, long offset, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Interlocked.Add(ref _opened, IsWatched ? 1 : 0);
        if (!Blobs.TryGetValue(digest, out var bytes))
            throw new TransferException(new TransferError(ErrorCode.BlobMissing, "No such blob.") { Repository = repository, Digest = digest, Scope = ErrorScope.Blob });
        var from = (int)Math.Min(offset, bytes.Length);
        return ValueTask.FromResult(new BlobContentStream(new MemoryStream(bytes, from, bytes.Length - from, writable: false), bytes.Length));
    }

    public ValueTask<BlobFile?> FindFileAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Files.GetValueOrDefault(digest));

    public string? Locate(RepositoryName repository, Digest digest) =>
        LocateFailure is { } failure ? throw failure : OwnPlaces ? $"memory/{repository}/{digest}" : $"memory/{digest}";

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static SourceImage Untagged(Digest digest) => new(digest.ToString(), null, digest);

    private Digest? SubjectOf(Digest digest) => _subjects.GetOrAdd(digest, ReadSubject);

    private Digest? ReadSubject(Digest digest)
    {
        try
        {
            return ManifestReader.Read(_manifests[digest], digest).Subject?.Digest;
        }
        catch (TransferException)
        {
            // Damaged: it refers to nothing that anybody could tell.
            return null;
        }
    }

    private Repository Of(RepositoryName name)
    {
        if (!_repositories.TryGetValue(name, out var repository))
            _repositories.Add(name, repository = new Repository([], []));
        return repository;
    }

    private static string ManifestJson(Descriptor config, IEnumerable<Descriptor> layers) =>
        $$"""{"schemaVersion":2,"mediaType":"{{MediaType.OciManifest}}","config":{{Json(config)}},"layers":[{{string.Join(',', layers.Select(Json))}}]}""";

    private static string Json(Descriptor blob) =>
        $$"""{"mediaType":"{{blob.MediaType}}","digest":"{{blob.Digest}}","size":{{blob.Size}}}""";
}
