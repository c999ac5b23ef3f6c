using System.Text.Json;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Layouts;

/// <summary>
/// An OCI image layout (image specification, "image-layout.md") in a folder or a tar. Untrusted: sizes are bounded, digests become
/// paths only when they are valid, and manifests are checked against theirs.
/// </summary>
/// <param name="reader">Its files.</param>
/// <param name="path">The folder or tar, for messages.</param>
internal sealed class LayoutReader(TreeReader reader, string path) : IDisposable
{
    public const string Index = "index.json";
    public const string Marker = "oci-layout";
    public const string Blobs = "blobs";

    /// <summary>Some 200,000 images; other indexes are bounded as manifests are.</summary>
    public const int MaxIndexBytes = 64 * 1024 * 1024;

    private const int MaxMarkerBytes = 4096;

    public TreeReader Tree => reader;

    /// <summary>The folder or tar, for messages.</summary>
    public string Path => path;

    /// <summary>False for an archive that is being written: its index comes last.</summary>
    public bool HasIndex => reader.FindFile(reader.Root, Index) is not null;

    /// <summary>The descriptors of <c>index.json</c>, and all of it.</summary>
    /// <exception cref="TransferException">With <see cref="ErrorScope.Endpoint"/>: there is no layout, or none that can be read.</exception>
    public (JsonElement Json, List<LayoutEntry> Entries) ReadIndex()
    {
        try
        {
            RequireVersion();
            var file = reader.FindFile(reader.Root, Index) ?? throw new TransferException(new TransferError(ErrorCode.SourceNotFound, $"There is no OCI image layout here: it would have an {Index}.")
            {
                Path = PathOf(Index),
                Hint = "Name the folder that holds index.json, oci-layout and blobs.",
            });
            if (file.Length > MaxIndexBytes)
                throw Invalid(Index, $"is larger than {MaxIndexBytes} bytes");
            var json = Parse(Index, reader.ReadStart(file, MaxIndexBytes));
            return (json, ReadEntries(json, Index));
        }
        catch (TransferException e)
        {
            throw e.At(ErrorScope.Endpoint);
        }
        // Bad UTF-8 or UTF-16 is seen only when a string is read.
        catch (InvalidOperationException e)
        {
            throw Invalid(Index, "or its marker holds text that is none", e).At(ErrorScope.Endpoint);
        }
    }

    /// <summary>The descriptors of an index below the first.</summary>
    /// <exception cref="TransferException">It is missing or damaged.</exception>
    public List<LayoutEntry> ReadNested(Manifest index) => ReadEntries(Parse(index.Digest.ToString(), index.Bytes), index.Digest.ToString());

    /// <param name="digest">Which.</param>
    /// <param name="announces">Whether its blobs will be wanted soon, which helps a tar that is read in passes.</param>
    /// <exception cref="TransferException">Missing, too large, damaged or no manifest.</exception>
    public Manifest ReadManifest(Digest digest, bool announces = false)
    {
        var file = FindBlob(digest) ?? throw new TransferException(new TransferError(ErrorCode.ManifestMissing, "The manifest is not in the layout, though it is named there.")
        {
            Digest = digest,
            Path = PathOf(digest),
            Hint = "Copy the image into the layout again; if it was saved for some platforms only, name them by --platform os/architecture.",
        });
        try
        {
            // One byte more than is allowed, so that what is too large is seen without our holding it all.
            var manifest = ManifestReader.Read(reader.ReadStart(file, Manifest.MaxBytes + 1), digest);
            if (announces && reader.ReadsInPasses)
                foreach (var blob in manifest.Blobs)
                    if (FindBlob(blob.Digest) is { } wanted)
                        reader.Expect(wanted);
            return manifest;
        }
        catch (TransferException e) when (e.Error.Path is null)
        {
            throw new TransferException(e.Error with { Path = file.Path }, e.InnerException);
        }
    }

    public TreeFile? FindBlob(Digest digest) => reader.FindFile(reader.Enter(reader.Root, Blobs, digest.Algorithm), digest.Hex);

    /// <summary>Where the blob is or should be, for messages.</summary>
    public string PathOf(Digest digest) => PathOf($"{Blobs}/{digest.Algorithm}/{digest.Hex}");

    public void Dispose() => (reader as IDisposable)?.Dispose();

    /// <summary>A marker that is lost harms nothing; one that says another version means another layout.</summary>
    private void RequireVersion()
    {
        if (reader.FindFile(reader.Root, Marker) is not { } file)
            return;
        var json = Parse(Marker, reader.ReadStart(file, MaxMarkerBytes));
        if (ManifestJson.TextOf(ManifestJson.Find(json, "imageLayoutVersion"))?.StartsWith("1.", StringComparison.Ordinal) != true)
            throw Invalid(Marker, "states no version 1 of the image layout");
    }

    private List<LayoutEntry> ReadEntries(JsonElement json, string name)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw Invalid(name, "is no JSON object");
        if (ManifestJson.Find(json, LayoutIndexFile.Manifests) is not { ValueKind: not JsonValueKind.Null } manifests)
            return [];
        if (manifests.ValueKind != JsonValueKind.Array)
            throw Invalid(name, "has no list of manifests");
        try
        {
            return [.. manifests.EnumerateArray().Select(LayoutEntry.Read)];
        }
        // Bad UTF-8 in a string, or an entry that is no object.
        catch (InvalidOperationException e)
        {
            throw Invalid(name, "names a manifest by no valid descriptor", e);
        }
    }

    private JsonElement Parse(string name, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var document = ManifestJson.Parse(bytes);
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw Invalid(name, "is not JSON", e);
        }
    }

    private string PathOf(string name) => reader is FolderTreeReader ? System.IO.Path.Join(path, name) : $"{path}:{name}";

    private TransferException Invalid(string name, string how, Exception? inner = null) =>
        new(new TransferError(ErrorCode.SourceUnreadable, $"The layout's {name} {how}.") { Path = PathOf(name) }, inner);
}
