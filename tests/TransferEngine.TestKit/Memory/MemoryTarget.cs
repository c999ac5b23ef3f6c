using System.Collections.Concurrent;
using System.IO.Pipelines;
using TransferEngine.Images;
using TransferEngine.TestKit.Conformance;
using Xunit;

namespace TransferEngine.TestKit.Memory;

/// <summary>
/// A registry in memory, as strict as a real one and no stricter, that records every request and fails where the test says so.
/// </summary>
public sealed class MemoryTarget : IImageTarget
{
    private sealed class Repository
    {
        public ConcurrentDictionary<Digest, byte[]> Blobs { get; } = new();

        public ConcurrentDictionary<Digest, Manifest> Manifests { get; } = new();

        public ConcurrentDictionary<Tag, Digest> Tags { get; } = new();
    }

    private readonly ConcurrentDictionary<RepositoryName, Repository> _repositories = new();

    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>False: what is asked now is neither recorded nor failed, as somebody else looks.</summary>
    public bool IsWatched { get; set; } = true;

    /// <summary>Asked before each request, as <c>VERB repository subject</c>; may throw, or wait.</summary>
    public Func<string, CancellationToken, Task> Before { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>What a mount of a blob that could be mounted answers.</summary>
    public Func<MountResult> Mount { get; set; } = () => MountResult.Mounted;

    /// <summary>The content of files that the target takes; others it wants uploaded.</summary>
    public Dictionary<string, byte[]> Readable { get; } = [];

    /// <summary>Takes manifests whatever they name, as no real registry of ours does.</summary>
    public bool IsLenient { get; set; }

    /// <summary>Whether blobs can be read back, as from files.</summary>
    public bool ReadsBack { get; set; }

    /// <summary>How many requests there had been whenever the end was told.</summary>
    public List<int> CompletedAfter { get; } = [];

    public string Endpoint { get; set; } = "memory:target";

    public int Count(string verb) => Requests.Count(request => request.StartsWith(verb + " ", StringComparison.Ordinal));

    public Digest? TagOf(string repository, string tag) =>
        _repositories.TryGetValue(RepositoryName.Parse(repository), out var found) && found.Tags.TryGetValue(Tag.Parse(tag), out var digest) ? digest : null;

    public void LoseBlobs()
    {
        foreach (var repository in _repositories.Values)
        {
            repository.Blobs.Clear();
            repository.Manifests.Clear();
            repository.Tags.Clear();
        }
    }

    /// <summary>Takes one blob or manifest out of a repository, and leaves the tags that lead to it.</summary>
    public void Lose(string repository, Digest digest)
    {
        var place = Of(RepositoryName.Parse(repository));
        Assert.True(place.Blobs.TryRemove(digest, out _) | place.Manifests.TryRemove(digest, out _));
    }

    public void LoseTag(string repository, string tag) => Assert.True(Of(RepositoryName.Parse(repository)).Tags.TryRemove(Tag.Parse(tag), out _));

    /// <summary>Whether a repository has the blob or the manifest.</summary>
    public bool Has(string repository, Digest digest) => Of(RepositoryName.Parse(repository)) is var place && (place.Blobs.ContainsKey(digest) || place.Manifests.ContainsKey(digest));

    /// <summary>Puts a blob there without a request.</summary>
    public void Put(RepositoryName repository, Digest digest, byte[] content) => Of(repository).Blobs[digest] = content;

    /// <summary>The target's own names, as Harbor has them for repositories without a project.</summary>
    public Func<RepositoryName, RepositoryName>? OwnName { get; set; }

    public RepositoryName MapRepository(RepositoryName source) => OwnName?.Invoke(source) ?? source;

    public bool CanMergeNames => OwnName is not null;

    public Task CheckAsync(CancellationToken cancellationToken) => AskAsync("CHECK", null, "", cancellationToken);

    public async Task<IReadOnlySet<Tag>?> ListTagsAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        await AskAsync("TAGS", repository, "", cancellationToken);
        return _repositories.TryGetValue(repository, out var found) && !found.Tags.IsEmpty ? found.Tags.Keys.ToHashSet() : null;
    }

    public async Task<Digest?> HeadManifestAsync(RepositoryName repository, Reference reference, CancellationToken cancellationToken)
    {
        await AskAsync("HEAD-MANIFEST", repository, reference.ToString(), cancellationToken);
        if (!_repositories.TryGetValue(repository, out var found))
            return null;
        if (reference.Tag is { } tag)
            return found.Tags.TryGetValue(tag, out var digest) ? digest : null;
        return found.Manifests.ContainsKey(reference.Digest!.Value) ? reference.Digest : null;
    }

    public async Task<long?> HeadBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken)
    {
        await AskAsync("HEAD-BLOB", repository, digest.ToString(), cancellationToken);
        return _repositories.TryGetValue(repository, out var found) && found.Blobs.TryGetValue(digest, out var bytes) ? bytes.Length : null;
    }

    public async Task<MountResult> MountBlobAsync(RepositoryName repository, Digest digest, RepositoryName from, CancellationToken cancellationToken)
    {
        await AskAsync("MOUNT", repository, digest.ToString(), cancellationToken);
        if (!_repositories.TryGetValue(from, out var source) || !source.Blobs.TryGetValue(digest, out var bytes))
            return new MountResult(false, SessionIn(repository));
        var result = Mount();
        if (result.IsMounted)
            Of(repository).Blobs[digest] = bytes;
        return result;
    }

    public bool TakesFiles { get; set; } = true;

    public async Task<bool> TakeFileAsync(RepositoryName repository, Descriptor blob, BlobFile file, CancellationToken cancellationToken)
    {
        await AskAsync("TAKE", repository, blob.Digest.ToString(), cancellationToken);
        if (!Readable.TryGetValue(file.Path, out var bytes))
            return false;
        Of(repository).Blobs[blob.Digest] = bytes;
        return true;
    }

    public Task CompleteAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        CompletedAfter.Add(Requests.Count);
        return Before("COMPLETE", cancellationToken);
    }

    public async Task<UploadSession> StartUploadAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        await AskAsync("START", repository, "", cancellationToken);
        return SessionIn(repository);
    }

    public async Task PutBlobAsync(UploadSession session, Descriptor blob, PipeReader content, CancellationToken cancellationToken)
    {
        try
        {
            await AskAsync("PUT-BLOB", session.Repository, blob.Digest.ToString(), cancellationToken);
            using var body = new MemoryStream();
            await content.CopyToAsync(body, cancellationToken);
            if (body.Length != blob.Size)
                throw Refused(ErrorCode.BlobSizeMismatch, $"{body.Length} bytes came, {blob.Size} were announced", blob.Digest);
            if (blob.Digest.SameAlgorithmOver(body.ToArray()) != blob.Digest)
                throw Refused(ErrorCode.BlobDigestMismatch, "provided digest did not match uploaded content", blob.Digest);
            Of(session.Repository).Blobs[blob.Digest] = body.ToArray();
        }
        finally
        {
            await content.CompleteAsync();
        }
    }

    public Task<UploadSession?> FindUploadAsync(UploadSession session, CancellationToken cancellationToken) => Task.FromResult<UploadSession?>(null);

    public Task CancelUploadAsync(UploadSession session, CancellationToken cancellationToken)
    {
        Requests.Enqueue($"CANCEL {session.Repository}");
        return Task.CompletedTask;
    }

    public async Task PutManifestAsync(RepositoryName repository, Reference reference, Manifest manifest, CancellationToken cancellationToken)
    {
        await AskAsync("PUT-MANIFEST", repository, reference.ToString(), cancellationToken);
        var place = Of(repository);
        var missing = manifest.Blobs.Where(blob => !blob.IsForeign && !place.Blobs.ContainsKey(blob.Digest)).Concat(manifest.Children.Where(child => !place.Manifests.ContainsKey(child.Digest))).ToList();
        if (missing.Count > 0 && !IsLenient)
            throw new TransferException(new TransferError(ErrorCode.TargetBlobUnknown, $"blob unknown to registry: {missing[0].Digest}"));
        place.Manifests[manifest.Digest] = manifest;
        if (reference.Tag is { } tag)
            place.Tags[tag] = manifest.Digest;
    }

    public ValueTask<BlobContentStream?> ReadBackAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!ReadsBack)
            return ValueTask.FromResult<BlobContentStream?>(null);
        return _repositories.TryGetValue(repository, out var found) && found.Blobs.TryGetValue(digest, out var bytes)
            ? ValueTask.FromResult<BlobContentStream?>(new BlobContentStream(new MemoryStream(bytes, writable: false), bytes.Length))
            : throw Refused(ErrorCode.BlobMissing, "no such blob", digest);
    }

    /// <summary>All that was put.</summary>
    public ImageSet ToImageSet()
    {
        var set = new ImageSet();
        foreach (var (name, repository) in _repositories)
        {
            foreach (var (digest, content) in repository.Blobs)
                set[name].Blobs[digest] = content;
            foreach (var (digest, manifest) in repository.Manifests)
                set[name].Manifests[digest] = manifest.Bytes.ToArray();
            foreach (var (tag, digest) in repository.Tags)
                set[name].Tags[tag] = digest;
        }
        return set;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static TransferException Refused(string code, string message, Digest digest) => new(new TransferError(code, message) { Scope = ErrorScope.Blob, Digest = digest });

    private static UploadSession SessionIn(RepositoryName repository) => new(repository, new Uri("http://memory/upload"), 0);

    private Repository Of(RepositoryName name) => _repositories.GetOrAdd(name, _ => new Repository());

    private Task AskAsync(string verb, RepositoryName? repository, string subject, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!IsWatched)
            return Task.CompletedTask;
        var request = $"{verb} {repository} {subject}".TrimEnd();
        Requests.Enqueue(request);
        return Before(request, cancellationToken);
    }
}
