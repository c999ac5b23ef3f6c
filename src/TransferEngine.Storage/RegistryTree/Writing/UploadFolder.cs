using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using TransferEngine.Images;
using TransferEngine.Storage.Files;

namespace TransferEngine.Storage.RegistryTree;

/// <summary>The upload sessions of a tree: <c>_uploads/UUID</c> in each repository's folder, with <c>data</c> and <c>startedat</c>.</summary>
/// <param name="view">The tree.</param>
/// <param name="time">Tells the age of sessions.</param>
/// <param name="work">A folder that takes the sessions of all repositories instead: of a process that ends with them.</param>
internal sealed class UploadFolder(RegistryTreeView view, TimeProvider time, string? work = null)
{
    public const string Name = "_uploads";

    // What a session keeps in memory beside its file is a hash: of those that nobody came back to for longest it is given up, and
    // computed anew from the file if somebody does.
    private const int MaxRemembered = 1_000;

    private readonly ConcurrentDictionary<(RepositoryName, string), TreeUpload> _open = new();

    public TreeUpload Start(RepositoryName repository)
    {
        var id = Guid.NewGuid().ToString("D");
        var folder = NewFolder(repository, id);
        File.WriteAllText(Path.Join(folder, "startedat"), time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture), Encoding.ASCII);
        File.Create(Path.Join(folder, BlobStore.Data)).Dispose();
        return Remember(new TreeUpload(repository, id, folder));
    }

    /// <summary>Null if the repository has no such session (any more).</summary>
    public TreeUpload? Find(RepositoryName repository, string id)
    {
        if (!Guid.TryParseExact(id, "D", out _))
            return null;
        if (_open.TryGetValue((repository, id), out var open))
            return Remember(open);
        var folder = FolderOf(repository, id);
        return view.Reader.FindFile(folder, BlobStore.Data) is null ? null : Remember(_open.GetOrAdd((repository, id), new TreeUpload(repository, id, folder)));
    }

    public void Delete(TreeUpload upload)
    {
        _open.TryRemove((upload.Repository, upload.Id), out _);
        upload.Delete();
    }

    /// <summary>An empty folder of the repository's own, for what is made there before it is moved to its place.</summary>
    public string NewFolder(RepositoryName repository, string id) =>
        Directory.CreateDirectory(FolderOf(repository, id)).FullName;

    /// <summary>Deletes the sessions, and what a kill left half made, that nobody touched for as long.</summary>
    public void Purge(TimeSpan age)
    {
        var waiting = new Stack<string>([view.Reader.Enter(view.Reader.Root, RepositoryWalk.RepositoriesFolder)]);
        while (waiting.TryPop(out var folder))
            foreach (var child in new DirectoryInfo(folder).EnumerateDirectories())
            {
                if (child.LinkTarget is not null || Litter.Is(child.Name))
                    continue;
                if (child.Name == Name)
                    PurgeIn(child, time.GetUtcNow() - age);
                else if (!child.Name.StartsWith('_'))
                    waiting.Push(child.FullName);
            }
    }

    /// <summary>Where a session is, or what else has an id of its own is made.</summary>
    public string FolderOf(RepositoryName repository, string id) =>
        Path.Join(work ?? view.Reader.Enter(view.Folder(repository), Name), id);

    private static void PurgeIn(DirectoryInfo uploads, DateTimeOffset before)
    {
        foreach (var upload in uploads.EnumerateDirectories())
        {
            var data = new FileInfo(Path.Join(upload.FullName, BlobStore.Data));
            if ((data.Exists ? data.LastWriteTimeUtc : upload.LastWriteTimeUtc) < before)
                upload.Delete(recursive: true);
        }
    }

    private TreeUpload Remember(TreeUpload upload)
    {
        upload.LastUsed = time.GetUtcNow();
        if (_open.Count >= MaxRemembered)
            ForgetOldest();
        return _open[(upload.Repository, upload.Id)] = upload;
    }

    private void ForgetOldest()
    {
        foreach (var (key, upload) in _open.OrderBy(open => open.Value.LastUsed).Take(MaxRemembered / 4))
            if (upload.TryEnter())
                _open.TryRemove(key, out _);
    }
}
