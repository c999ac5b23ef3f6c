using System.Text;
using TransferEngine.Images;
using TransferEngine.Storage.Files;

namespace TransferEngine.Storage.RegistryTree;

/// <summary>
/// Writes a storage tree in the layout of CNCF Distribution (<c>registry/storage/paths.go</c>), so that either program can be
/// pointed at it. Contents come before the links that name them, and each appears by a rename: a kill leaves no link or blob half
/// written, and no link that leads nowhere. One process may write a tree at a time; its methods may be called concurrently.
/// Failures are <see cref="TransferException"/>s with <see cref="ErrorCode.TargetUnwritable"/>.
/// </summary>
public sealed class RegistryTreeWriter : IDisposable
{
    private readonly UploadFolder _uploads;
    private readonly AtomicFiles _files;

    // What changes the links of one repository takes turns; a few locks serve all repositories.
    private readonly Lock[] _turns = [.. Enumerable.Range(0, 64).Select(_ => new Lock())];

    private RegistryTreeWriter(RegistryTreeView view, AtomicFiles files, UploadFolder uploads) => (View, _files, _uploads) = (view, files, uploads);

    /// <summary>What is in the tree, with all that was written.</summary>
    public RegistryTreeView View { get; }

    /// <summary>Opens the tree at or above a folder, or begins one below it.</summary>
    /// <exception cref="TransferException">With <see cref="ErrorScope.Endpoint"/>.</exception>
    public static RegistryTreeWriter OpenOrCreate(string path, TimeProvider? time = null)
    {
        var view = RegistryTreeView.OpenOrCreate(path);
        return new RegistryTreeWriter(view, new AtomicFiles(flushes: true), new UploadFolder(view, time ?? TimeProvider.System));
    }

    /// <summary>Writes into a tree whose folders need not exist, with a work folder for what is not finished.</summary>
    internal static RegistryTreeWriter Into(RegistryTreeView view, AtomicFiles files, WorkFolder work, TimeProvider time)
    {
        files.CreateFolder(Path.Join(view.Reader.Root, BlobStore.BlobsFolder));
        files.CreateFolder(Path.Join(view.Reader.Root, RepositoryWalk.RepositoriesFolder));
        return new RegistryTreeWriter(view, files, new UploadFolder(view, time, work.Path));
    }

    public TreeUpload StartUpload(RepositoryName repository) => Write(repository, () => _uploads.Start(repository));

    /// <summary>Null if the repository has no such session (any more).</summary>
    public TreeUpload? FindUpload(RepositoryName repository, string id) => _uploads.Find(repository, id);

    /// <summary>Takes the session's content into the store and the repository, and ends the session.</summary>
    /// <returns>Null if the content does not have this digest: the session is gone, and nothing of it is left.</returns>
    public StoredBlob? CommitUpload(TreeUpload upload, Digest digest) => Write<StoredBlob?>(upload.Repository, () =>
    {
        var (matches, canonical) = upload.Verify(digest);
        if (!matches)
        {
            _uploads.Delete(upload);
            return null;
        }
        upload.Flush();
        var path = TakeIn(upload.DataPath, canonical, upload.Length);
        _uploads.Delete(upload);
        LinkLayer(upload.Repository, digest, canonical);
        return new StoredBlob(canonical, upload.Length, path);
    });

    public void CancelUpload(TreeUpload upload) => Write(upload.Repository, () =>
    {
        _uploads.Delete(upload);
        return true;
    });

    /// <summary>Deletes upload sessions that were not touched for as long.</summary>
    public void PurgeUploads(TimeSpan age) => Write(null, () =>
    {
        _uploads.Purge(age);
        return true;
    });

    /// <summary>Gives the repository a blob that the store has already: a mount.</summary>
    public void LinkBlob(RepositoryName repository, Digest digest, StoredBlob blob) => Write(repository, () =>
    {
        LinkLayer(repository, digest, blob.Digest);
        return true;
    });

    /// <summary>Gives the store a blob from a file, by link where that goes, and the repository its link.</summary>
    internal void TakeFile(RepositoryName repository, Digest digest, string file, FilePlacer placer) => Write(repository, () =>
    {
        var folder = BlobFolder(digest);
        _files.CreateFolder(folder);
        placer.Place(file, Path.Join(folder, BlobStore.Data));
        LinkLayer(repository, digest, digest);
        return true;
    });

    /// <summary>Takes a blob from the repository; the store keeps the bytes, as distribution does until its garbage collection.</summary>
    /// <returns>False if the repository does not have it.</returns>
    public bool DeleteBlob(RepositoryName repository, Digest digest) => Write(repository, () =>
    {
        lock (TurnOf(repository))
            return DeleteLink(View.LayerFolder(repository, digest));
    });

    /// <summary>Stores a manifest's bytes, makes it a revision of the repository, and sets the tag, in this order.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.TargetBlobUnknown"/>: the repository lacks what it names.</exception>
    public void PutManifest(RepositoryName repository, Manifest manifest, Tag? tag) => Write(repository, () =>
    {
        lock (TurnOf(repository))
        {
            if (View.FindMissing(repository, manifest) is { } missing)
                throw TreeErrors.Unknown(repository, missing);
            var canonical = Digest.OfSha256(manifest.Bytes.Span);
            Store(canonical, manifest.Bytes.Span);
            foreach (var digest in Names(manifest.Digest, canonical))
                WriteLink(View.Reader.Enter(View.Manifests(repository), "revisions", digest.Algorithm, digest.Hex), canonical);
            if (tag is { } name)
                SetTag(repository, name, canonical);
            return true;
        }
    });

    /// <summary>Takes a revision from the repository, and before it the tags that name it.</summary>
    /// <returns>False if the repository does not have it.</returns>
    public bool DeleteManifest(RepositoryName repository, Digest digest) => Write(repository, () =>
    {
        lock (TurnOf(repository))
        {
            if (View.FindRevision(repository, digest) is not { } canonical)
                return false;
            foreach (var tag in View.ListTags(repository) ?? [])
                if (View.FindTag(repository, tag) == canonical)
                    RemoveTag(repository, tag);
            foreach (var name in Names(digest, canonical))
                DeleteLink(View.Reader.Enter(View.Manifests(repository), "revisions", name.Algorithm, name.Hex));
            return true;
        }
    });

    /// <returns>False if there is no such tag.</returns>
    public bool DeleteTag(RepositoryName repository, Tag tag) => Write(repository, () =>
    {
        lock (TurnOf(repository))
        {
            if (View.FindTag(repository, tag) is null)
                return false;
            RemoveTag(repository, tag);
            return true;
        }
    });

    public void Dispose() => View.Dispose();

    private void LinkLayer(RepositoryName repository, Digest digest, Digest canonical)
    {
        lock (TurnOf(repository))
            foreach (var name in Names(digest, canonical))
                if (View.FindLayer(repository, name) != canonical)
                    WriteLink(View.LayerFolder(repository, name), canonical);
    }

    /// <summary>A content pushed by sha512 is kept by sha256, and linked by both.</summary>
    private static Digest[] Names(Digest digest, Digest canonical) => digest == canonical ? [canonical] : [canonical, digest];

    private void Store(Digest digest, ReadOnlySpan<byte> content)
    {
        var folder = BlobFolder(digest);
        if (View.Reader.FindFile(folder, BlobStore.Data) is { } stored && stored.Length == content.Length)
            return;
        _files.Write(Path.Join(folder, BlobStore.Data), content);
    }

    /// <summary>Moves a finished file to its place in the store, unless the same is there already.</summary>
    private string TakeIn(string file, Digest digest, long length)
    {
        var folder = BlobFolder(digest);
        // One of another length is what a crash of some registry left: replaced.
        if (View.Reader.FindFile(folder, BlobStore.Data) is { } stored && stored.Length == length)
            return stored.Path;
        var path = Path.Join(folder, BlobStore.Data);
        _files.Move(file, path);
        return path;
    }

    private string BlobFolder(Digest digest) =>
        View.Reader.Enter(View.Reader.Root, BlobStore.BlobsFolder, digest.Algorithm, digest.Hex[..2], digest.Hex);

    private void SetTag(RepositoryName repository, Tag tag, Digest digest)
    {
        var tags = View.Reader.Enter(View.Manifests(repository), "tags");
        var folder = View.Reader.Enter(tags, tag.ToString());
        string[][] links = [["index", digest.Algorithm, digest.Hex], ["current"]];
        if (Directory.Exists(folder))
        {
            foreach (var link in links)
                WriteLink(View.Reader.Enter(folder, link), digest);
            return;
        }
        // A tag's folder that has no link yet would be listed as a tag that names nothing: a new one is made elsewhere.
        var work = _uploads.FolderOf(repository, Guid.NewGuid().ToString("D"));
        foreach (var link in links)
            _files.WriteUnseen(Path.Join([work, .. link, RegistryTreeView.Link]), ContentOf(digest));
        _files.CreateFolder(tags);
        Directory.Move(work, folder);
    }

    private void RemoveTag(RepositoryName repository, Tag tag)
    {
        var work = _uploads.NewFolder(repository, Guid.NewGuid().ToString("D"));
        Directory.Move(View.Reader.Enter(View.Manifests(repository), "tags", tag.ToString()), Path.Join(work, "tag"));
        Directory.Delete(work, recursive: true);
    }

    private void WriteLink(string folder, Digest digest)
    {
        if (View.ReadLink(folder) != digest)
            _files.Write(Path.Join(folder, RegistryTreeView.Link), ContentOf(digest));
    }

    private static byte[] ContentOf(Digest digest) => Encoding.ASCII.GetBytes(digest.ToString());

    private bool DeleteLink(string folder)
    {
        if (View.Reader.FindFile(folder, RegistryTreeView.Link) is not { } link)
            return false;
        File.Delete(link.Path);
        return true;
    }

    private Lock TurnOf(RepositoryName repository) => _turns[(uint)repository.GetHashCode() % _turns.Length];

    private T Write<T>(RepositoryName? repository, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e))
        {
            var error = TreeErrors.Unwritable(repository is { } name ? View.Folder(name) : View.Reader.Root, e).Error;
            throw new TransferException(error with { Repository = repository }, e);
        }
    }
}
