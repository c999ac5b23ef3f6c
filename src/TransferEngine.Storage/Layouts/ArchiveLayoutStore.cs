using System.IO.Pipelines;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;
using TransferEngine.Storage.Tars;

namespace TransferEngine.Storage.Layouts;

/// <summary>
/// A layout in a tar: <c>FILE.partial</c>, which a later run goes on with, until it is complete and gets its name. Its index is its last member.
/// </summary>
internal sealed class ArchiveLayoutStore : LayoutStore
{
    private readonly string _partial;
    private readonly FileOwner? _owner;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _turn = new(1);
    private LayoutReader? _before;
    private TarAppender? _tar;

    public ArchiveLayoutStore(string path, FileOwner? owner, TimeProvider time)
        : base(path, path + TarAppender.Suffix + ".pending") => (_partial, _owner, _time) = (path + TarAppender.Suffix, owner, time);

    public override bool KeepsIndex => false;

    public override string UnfinishedNote => $"The archive is not finished: {_partial} holds what was put into it, and the same command goes on with it.";

    public override LayoutReader? OpenExisting()
    {
        var path = File.Exists(_partial) ? _partial : Path;
        if (!File.Exists(path))
            return null;
        try
        {
            var (tree, _) = LayoutArchive.Open(path, new RegistryTreeOptions(), mustSeek: true);
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
        // From here on only its index is asked, and the file is not ours alone while somebody has it open.
        _before?.Dispose();
        _tar = TarAppender.Open(Path, _owner, _time);
        if (_tar.Contents.FindFile("", LayoutReader.Marker) is null)
            Append(LayoutReader.Marker, MarkerContent);
    }

    public override TreeFile? FindBlob(Digest digest)
    {
        if (_tar is { } tar)
            return tar.Contents.FindFile($"/{LayoutReader.Blobs}/{digest.Algorithm}", digest.Hex);
        try
        {
            return _before?.FindBlob(digest);
        }
        // The last member of a partial file, cut short.
        catch (TransferException)
        {
            return null;
        }
    }

    public override Stream Open(TreeFile blob) => (_tar?.Contents ?? _before!.Tree).Open(blob, 0);

    public override async Task PutBlobAsync(Descriptor blob, PipeReader content, CancellationToken cancellationToken)
    {
        await using var expected = new ExpectedContent(blob, content);
        await AppendAsync(blob.Digest, blob.Size, expected, () => expected.IsSound, cancellationToken);
        if (!expected.IsWhole)
            throw BlobReceiver.WrongSize(blob, $"does not end after the {blob.Size} bytes that were announced");
        if (!expected.IsSound)
            throw BlobReceiver.WrongDigest(blob);
    }

    public override async Task PutManifestAsync(Manifest manifest, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream(manifest.Bytes.ToArray(), writable: false);
        await AppendAsync(manifest.Digest, content.Length, content, null, cancellationToken);
    }

    public override void WriteIndex(ReadOnlySpan<byte> json) => Append(LayoutReader.Index, json.ToArray());

    public override void Complete()
    {
        _tar!.Complete(Path);
        _tar.Dispose();
    }

    /// <summary>One member at a time, and none twice: what comes again is only looked at.</summary>
    private async Task AppendAsync(Digest digest, long length, Stream content, Func<bool>? isSound, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (FindBlob(digest)?.Length == length)
                await content.CopyToAsync(Stream.Null, cancellationToken);
            else
                await _tar!.AppendAsync(NameOf(digest), content, isSound, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    // At the beginning and the end, when nobody else writes.
    private void Append(string name, byte[] bytes)
    {
        using var content = new MemoryStream(bytes, writable: false);
        _tar!.AppendAsync(name, content, null, CancellationToken.None).GetAwaiter().GetResult();
    }

    public override void Dispose()
    {
        _tar?.Dispose();
        _before?.Dispose();
        _turn.Dispose();
    }
}
