using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;
using TransferEngine.Storage.Tars;

namespace TransferEngine.Storage.DockerArchives;

/// <summary>The open archive: members by their name, links inside it followed, none out of it.</summary>
internal sealed class ArchiveFile : IDisposable
{
    private const string Manifest = "manifest.json";

    // An entry takes some hundred bytes for each layer: a hundred thousand images of moderate depth.
    private const int MaxManifestBytes = 64 * 1024 * 1024;

    private readonly TarTreeReader _reader;

    private ArchiveFile(string path, TarTreeReader reader, string? damage) => (Path, _reader, Damage) = (path, reader, damage);

    /// <summary>The full path of the file.</summary>
    public string Path { get; }

    /// <summary>Why the file's end could not be read; null if it is whole.</summary>
    public string? Damage { get; }

    /// <exception cref="TransferException">
    /// <see cref="ErrorCode.SourceNotFound"/> or <see cref="ErrorCode.SourceUnreadable"/>, with <see cref="ErrorScope.Endpoint"/>.
    /// </exception>
    public static ArchiveFile Open(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        var (reader, damage) = OpenedTar.OpenReader(path, new RegistryTreeOptions(), _ => "", mustSeek: true);
        return new ArchiveFile(path, reader, damage);
    }

    /// <exception cref="TransferException">There is none, or it can't be used; with <see cref="ErrorScope.Endpoint"/>.</exception>
    public List<SavedImage> ReadManifest()
    {
        try
        {
            return SavedImage.ReadAll(Read(Find(Manifest) ?? throw NoManifest(), MaxManifestBytes));
        }
        catch (TransferException e)
        {
            throw new TransferException(e.Error with { Scope = ErrorScope.Endpoint, Path = e.Error.Path ?? Path }, e.InnerException);
        }
    }

    /// <summary>A member by the name that <c>manifest.json</c> gives it; null if there is none.</summary>
    /// <exception cref="TransferException">It is a link out of the archive, or no file.</exception>
    public TreeFile? Find(string name)
    {
        if (TarIndex.Split(name) is not { Count: > 0 } names)
            throw new TransferException(new TransferError(ErrorCode.SourceOutsideRoot, $"The archive's manifest.json names '{Printable.Of(name)}', which can't be inside of it.") { Path = Path });
        return _reader.FindFile(_reader.Enter(_reader.Root, [.. names[..^1]]), names[^1]);
    }

    public byte[] Read(TreeFile file, int limit) => file.Length <= limit ? _reader.ReadStart(file, limit)
        : throw new TransferException(new TransferError(ErrorCode.SourceUnreadable, $"The member has {file.Length} bytes; more than {limit} are not taken.") { Path = Shown(file) });

    public byte[] ReadStart(TreeFile file, int count) => _reader.ReadStart(file, count);

    public Stream Open(TreeFile file, long offset = 0) => _reader.Open(file, offset);

    /// <summary>A member for messages.</summary>
    public string Shown(TreeFile file) => $"{Path}:{file.Path.TrimStart('/')}";

    public void Dispose() => _reader.Dispose();

    private TransferException NoManifest() => _reader.FindFile("", "repositories") is not null
        ? new(new TransferError(ErrorCode.SourceOutdated, "The archive has no manifest.json: it was saved by a docker before 1.10.") { Hint = "Load it into a current docker and save it again." })
        : _reader.FindFile("", "oci-layout") is not null
            ? new(new TransferError(ErrorCode.SourceNotFound, "The archive has no manifest.json, but is an OCI layout.") { Hint = $"Read it as oci-archive:{Path}." })
            : new(new TransferError(ErrorCode.SourceNotFound, "The archive has no manifest.json, so it was not written by docker save.") { Path = Path });
}
