using TransferEngine.Images;
using TransferEngine.Storage.Files;

namespace TransferEngine.Storage.RegistryTree;

/// <summary>A tree that is being written: begun with the first write, when all that could forbid it is known.</summary>
internal sealed class TreeWriting : IDisposable
{
    // Beside blobs and repositories, where no registry looks.
    private const string WorkFolderName = "_transfer";

    private readonly WorkFolder _work;
    private readonly TimeProvider _time;

    private TreeWriting(RegistryTreeWriter writer, FilePlacer placer, WorkFolder work, TimeProvider time) =>
        (Writer, Placer, _work, _time) = (writer, placer, work, time);

    public RegistryTreeWriter Writer { get; }

    public FilePlacer Placer { get; }

    /// <summary>What the user should know, in whole sentences.</summary>
    public IEnumerable<string> Notes => _work.CutOff is { } began && began < _time.GetUtcNow() - TimeSpan.FromMilliseconds(Environment.TickCount64)
        ? [.. Placer.Notes, "This machine was restarted after an earlier run into this tree was cut off. If it lost power, what was written last may be damaged: run transfer verify."]
        : Placer.Notes;

    /// <exception cref="TransferException">With <see cref="ErrorScope.Endpoint"/>: nothing was written.</exception>
    public static TreeWriting Begin(RegistryTreeView view, RegistryTreeTargetOptions options, TimeProvider time)
    {
        var root = view.Reader.Root;
        HarborStorage.RefuseUnlessHarbor1(root, options);
        try
        {
            options.Owner?.Try(NearestFolder(root));
            var work = WorkFolder.Open(Path.Join(root, WorkFolderName), new AtomicFiles(flushes: false, options.Owner));
            var files = new AtomicFiles(flushes: false, options.Owner, work.Path);
            return new TreeWriting(RegistryTreeWriter.Into(view, files, work, time), new FilePlacer(options.Link, options.Owner, work.Path), work, time);
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e))
        {
            throw TreeErrors.Unwritable(root, e).At(ErrorScope.Endpoint);
        }
    }

    /// <summary>All that was written is on the disk when this returns.</summary>
    public void Sync() => _work.Sync();

    public void Dispose() => _work.Dispose();

    private static string NearestFolder(string path)
    {
        while (!Directory.Exists(path))
            path = Path.GetDirectoryName(path)!;
        return path;
    }
}
