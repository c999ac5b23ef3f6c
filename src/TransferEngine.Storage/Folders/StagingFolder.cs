using TransferEngine.Images;
using TransferEngine.Storage.Files;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Folders;

/// <summary>
/// What a forest that is being written needs beside its images, in <c>ROOT/.transfer-engine</c>: <c>blobs</c>, each once and whole;
/// <c>manifests</c> that wait for their index or their folder; <c>work</c>, half made. A run that is killed leaves it, and the next one
/// goes on with the blobs and manifests in it. One process may write a forest at a time.
/// </summary>
internal sealed class StagingFolder : IDisposable
{
    public const string Name = ".transfer-engine";

    private const string Blobs = "blobs";
    private const string Manifests = "manifests";
    private const string Work = "work";

    private readonly string _root;
    private readonly string _path;
    private readonly Lazy<FileStream> _lock;

    /// <summary>Nothing is written, nor is anybody kept out, before the first thing is staged.</summary>
    public StagingFolder(string root)
    {
        (_root, _path) = (root, Path.Join(root, Name));
        Exists = Directory.Exists(_path);
        _lock = new(Begin);
    }

    /// <summary>Whether an earlier run left it.</summary>
    public bool Exists { get; }

    /// <summary>Whether this run has written into it.</summary>
    public bool IsBegun => _lock.IsValueCreated;

    private bool MayHold => IsBegun || Exists;

    /// <summary>Whether there is anything in it for another run.</summary>
    public bool IsLeft => IsBegun && Directory.Exists(_path);

    /// <summary>Where a blob is, or is to be put.</summary>
    public string PathOf(Digest blob) => Path.Join(_path, Blobs, ImageFolder.BlobName(blob));

    /// <summary>A blob's size in bytes; null if it is not here.</summary>
    public long? FindBlob(Digest blob) => MayHold && FileEntry.At(PathOf(blob)) is { Kind: EntryKind.File } file ? file.Length : null;

    /// <summary>The bytes of a manifest that waits; null if there is none.</summary>
    public byte[]? FindManifest(RepositoryName repository, Digest digest)
    {
        var path = ManifestPath(repository, digest);
        return File.Exists(path) ? File.ReadAllBytes(path) : null;
    }

    public bool HasManifest(RepositoryName repository, Digest digest) => MayHold && File.Exists(ManifestPath(repository, digest));

    public void AddManifest(RepositoryName repository, Manifest manifest)
    {
        var path = ManifestPath(repository, manifest.Digest);
        var temporary = NewWork();
        File.WriteAllBytes(temporary, manifest.Bytes.Span);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Takes over the blobs of a folder that was moved to a work path: others may count on them until the run ends.</summary>
    public void TakeBlobs(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder))
            if (ImageFolder.BlobOf(Path.GetFileName(file)) is { } blob && FindBlob(blob) is null)
                File.Move(file, PathOf(blob), overwrite: true);
    }

    /// <summary>All manifests that wait, by repository.</summary>
    public IEnumerable<(RepositoryName Repository, IReadOnlyList<Digest> Digests)> ListManifests()
    {
        var top = Path.Join(_path, Manifests);
        foreach (var folder in Directory.EnumerateDirectories(top, "*", SearchOption.AllDirectories))
        {
            var digests = new List<Digest>();
            foreach (var file in Directory.EnumerateFiles(folder))
                if (Digest.TryParse(Path.GetFileName(file), out var digest))
                    digests.Add(digest);
            if (digests.Count > 0 && RepositoryName.TryParse(Path.GetRelativePath(top, folder), out var repository))
                yield return (repository, digests);
        }
    }

    /// <summary>Makes sure that there is a place for what is put here, and that nobody else puts anything.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.JobBusy"/> or <see cref="ErrorCode.TargetUnwritable"/>, with <see cref="ErrorScope.Endpoint"/>.</exception>
    public void Require() => _ = _lock.Value;

    /// <summary>A path of its own for what is made before it is moved to its place.</summary>
    public string NewWork()
    {
        Require();
        return Path.Join(_path, Work, Guid.NewGuid().ToString("N"));
    }

    /// <summary>A path that <see cref="NewWork"/> gave; null if it is none.</summary>
    public string? FindWork(string path) =>
        Path.GetDirectoryName(path) == Path.Join(_path, Work) && Guid.TryParseExact(Path.GetFileName(path), "N", out _) && File.Exists(path) ? path : null;

    /// <summary>All that was here goes away, the lock at last. Before that, all that was written is on the disk.</summary>
    public void Delete()
    {
        Require();
        Native.SyncFileSystem(_lock.Value.SafeFileHandle);
        Directory.Delete(_path, recursive: true);
        Dispose();
    }

    public void Dispose()
    {
        if (_lock.IsValueCreated)
            _lock.Value.Dispose();
    }

    private FileStream Begin()
    {
        try
        {
            Directory.CreateDirectory(_root);
            OwnPlaces.RefuseLink(_path);
            Directory.CreateDirectory(_path);
            OwnPlaces.RefuseLinksBelow(_path);
            var held = Lock(Path.Join(_path, "lock"));
            // What was half made when a run was killed is of no use; unfinished blobs would only be found by the run that began them.
            var work = Path.Join(_path, Work);
            if (Directory.Exists(work))
                Directory.Delete(work, recursive: true);
            foreach (var name in new[] { Blobs, Manifests, Work })
                Directory.CreateDirectory(Path.Join(_path, name));
            return held;
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e))
        {
            throw TreeErrors.Unwritable(_path, e).At(ErrorScope.Endpoint);
        }
    }

    // A digest's colon keeps its file apart from the folders of repositories below this one.
    private string ManifestPath(RepositoryName repository, Digest digest) => Path.Join(_path, Manifests, repository.ToString(), digest.ToString());

    private static FileStream Lock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new TransferException(new TransferError(ErrorCode.JobBusy, "Another run is writing into this folder.")
            {
                Scope = ErrorScope.Endpoint,
                Path = path,
                Hint = "Wait for it to end, or write into another folder.",
            }, e);
        }
    }
}
