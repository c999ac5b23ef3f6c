using System.IO.Pipelines;
using TransferEngine.Images;
using TransferEngine.Storage.Tars;

namespace TransferEngine.Storage.Layouts;

/// <summary>
/// A layout in a tar: <c>FILE.partial</c>, which a later run goes on with, until it is complete and gets its name. Its index is its last member.
/// </summary>
internal sealed class ArchiveLayoutStore : LayoutStore
{
    private readonly string _partial;
    private LayoutReader? _before;
    private TarAppender? _tar;

    public ArchiveLayoutStore(string path)
        : base(path, path + ".partial.pending") => _partial = path + ".partial";

    public override bool KeepsIndex => false;

    public override LayoutReader? OpenExisting()
    {
        var path = File.Exists(_partial) ? _partial : Path;
        if (!File.Exists(path))
            return null;
        try
        {
            var (tree, _) = LayoutArchive.Open(path);
            _before?.Dispose();
            return _before = new LayoutReader(tree, path);
        }
        catch (TransferException) when (path == _partial)
        {
            // It ends before its first member does.
            return null;
        }
    }

    public override void Prepare() => Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);

    public override void Begin()
    {
        if (!File.Exists(_partial) && File.Exists(Path))
        {
            // Under a third name until it is whole: what is missing from a partial file counts as never written.
            var copy = $"{_partial}.{Guid.NewGuid():N}.tmp";
            File.Copy(Path, copy);
            File.Move(copy, _partial);
        }
        _tar = TarAppender.Open(_partial);
        if (_tar.Find(LayoutReader.Marker) is null)
            _tar.Append(LayoutReader.Marker, MarkerContent);
    }

    public override long? FindBlob(Digest digest)
    {
        if (_tar is { } tar)
            return tar.Find(NameOf(digest))?.Length;
        try
        {
            return _before?.FindBlob(digest)?.Length;
        }
        // The last member of a partial file, cut short.
        catch (TransferException)
        {
            return null;
        }
    }

    public override async Task PutBlobAsync(Descriptor blob, PipeReader content, CancellationToken cancellationToken) =>
        await _tar!.AppendAsync(NameOf(blob.Digest), blob.Size, content, blob.Digest, cancellationToken);

    public override async Task PutManifestAsync(Manifest manifest, CancellationToken cancellationToken)
    {
        if (FindBlob(manifest.Digest) is null)
            await _tar!.AppendAsync(NameOf(manifest.Digest), manifest.Bytes, cancellationToken);
    }

    public override void WriteIndex(ReadOnlySpan<byte> json) => _tar!.Append(LayoutReader.Index, json.ToArray());

    public override void Complete()
    {
        _tar!.Finish();
        _tar.Dispose();
        _tar = null;
        File.Move(_partial, Path, overwrite: true);
    }

    public override void Dispose()
    {
        _tar?.Dispose();
        _before?.Dispose();
    }
}
