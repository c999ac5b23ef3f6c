using System.IO.Pipelines;
using TransferEngine.Images;
using TransferEngine.Storage.Files;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Layouts;

/// <summary>A layout in a folder: each file appears whole, by a rename, and takes no other's place but the index.</summary>
internal sealed class FolderLayoutStore : LayoutStore
{
    private static readonly string[] Algorithms = ["sha256", "sha512"];

    private readonly FilePlacer _placer;
    private readonly AtomicFiles _files;
    private LayoutReader? _reader;

    public FolderLayoutStore(string path, LinkMode link, FileOwner? owner)
        : base(path, System.IO.Path.Join(path, LayoutReader.Index + ".pending")) =>
        (_placer, _files) = (new FilePlacer(link, owner), new AtomicFiles(flushes: true, owner));

    public override bool KeepsIndex => true;

    public override IReadOnlyList<string> Notes => _placer.Notes;

    public override LayoutReader? OpenExisting()
    {
        if (!Directory.Exists(Path) || !Directory.EnumerateFileSystemEntries(Path).Any())
            return null;
        _reader = new LayoutReader(new FolderTreeReader(RealPath.Of(Path)), Path);
        return File.Exists(System.IO.Path.Join(Path, LayoutReader.Index)) ? _reader
            : throw new TransferException(new TransferError(ErrorCode.TargetUnwritable, "The folder holds other things and is no OCI image layout.")
            {
                Scope = ErrorScope.Endpoint,
                Path = Path,
                Hint = "Name a folder that is new, empty or a layout.",
            });
    }

    public override void Prepare()
    {
        _files.CreateFolder(Path);
        _reader ??= new LayoutReader(new FolderTreeReader(RealPath.Of(Path)), Path);
        // The index first: by it a later run knows the folder for a layout.
        if (_reader.Tree.FindFile(_reader.Tree.Root, LayoutReader.Index) is null)
            _files.Write(System.IO.Path.Join(_reader.Tree.Root, LayoutReader.Index), EmptyIndex);
        if (_reader.Tree.FindFile(_reader.Tree.Root, LayoutReader.Marker) is null)
            _files.Write(System.IO.Path.Join(_reader.Tree.Root, LayoutReader.Marker), MarkerContent);
    }

    public override void Begin()
    {
        foreach (var algorithm in Algorithms)
            DeleteLitter(FolderOf(algorithm));
        // An empty folder for sha512 would be allowed; most layouts never need it.
        _files.CreateFolder(FolderOf(Algorithms[0]));
    }

    public override TreeFile? FindBlob(Digest digest) => _reader?.FindBlob(digest);

    public override Stream Open(TreeFile blob) => _reader!.Tree.Open(blob, 0);

    public override async Task PutBlobAsync(Descriptor blob, PipeReader content, CancellationToken cancellationToken)
    {
        var temporary = $"{PathFor(blob.Digest)}.{Guid.NewGuid():N}.tmp";
        try
        {
            await BlobReceiver.ReceiveAsync(temporary, 0, blob, content, cancellationToken);
            _files.Move(temporary, PathFor(blob.Digest));
        }
        finally
        {
            // Gone already, where it got to its place.
            File.Delete(temporary);
        }
    }

    public override Task PutManifestAsync(Manifest manifest, CancellationToken cancellationToken)
    {
        if (FindBlob(manifest.Digest)?.Length != manifest.Bytes.Length)
            _files.Write(PathFor(manifest.Digest), manifest.Bytes.Span);
        return Task.CompletedTask;
    }

    public override bool TakesFiles => true;

    public override bool TakeFile(Descriptor blob, BlobFile file)
    {
        if (new FileInfo(file.Path) is not { Exists: true } found || found.Length != blob.Size)
            return false;
        _placer.Place(file.Path, PathFor(blob.Digest));
        return true;
    }

    public override void WriteIndex(ReadOnlySpan<byte> json) => _files.Write(System.IO.Path.Join(_reader!.Tree.Root, LayoutReader.Index), json);

    public override void Dispose() => _reader?.Dispose();

    private string FolderOf(string algorithm) => _reader!.Tree.Enter(_reader.Tree.Root, LayoutReader.Blobs, algorithm);

    private string PathFor(Digest digest)
    {
        var folder = FolderOf(digest.Algorithm);
        _files.CreateFolder(folder);
        return System.IO.Path.Join(folder, digest.Hex);
    }

    /// <summary>What a kill left half written; only one process writes a layout at a time.</summary>
    private static void DeleteLitter(string folder)
    {
        if (!Directory.Exists(folder))
            return;
        foreach (var file in Directory.EnumerateFiles(folder, "*.tmp"))
            File.Delete(file);
    }
}
