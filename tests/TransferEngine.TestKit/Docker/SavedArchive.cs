using System.Formats.Tar;
using System.Text;
using System.Text.Json;
using TransferEngine.Images;

namespace TransferEngine.TestKit.Docker;

/// <summary>A layer of a test: an uncompressed tar with one file.</summary>
public sealed record SavedLayer(byte[] Content)
{
    public Digest DiffId { get; } = Digest.OfSha256(Content);

    /// <summary>A tar whose only file has this text. The same text gives the same bytes.</summary>
    public static SavedLayer Of(string text)
    {
        var buffer = new MemoryStream();
        using (var writer = new TarWriter(buffer, TarEntryFormat.Ustar, leaveOpen: true))
            writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "etc/text") { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)), ModificationTime = DateTimeOffset.UnixEpoch });
        return new SavedLayer(buffer.ToArray());
    }
}

/// <summary>An image of a test: its config's bytes and its layers.</summary>
public sealed record SavedSample(byte[] Config, IReadOnlyList<SavedLayer> Layers)
{
    public Digest Id { get; } = Digest.OfSha256(Config);

    /// <summary>A config that speaks of these layers truthfully.</summary>
    public static SavedSample Of(params string[] layers)
    {
        SavedLayer[] made = [.. layers.Select(SavedLayer.Of)];
        return new SavedSample(ConfigOf("linux", "amd64", [.. made.Select(layer => layer.DiffId)]), made);
    }

    public static byte[] ConfigOf(string os, string architecture, params Digest[] diffIds) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        architecture,
        os,
        config = new { Cmd = new[] { "/bin/true" } },
        rootfs = new { type = "layers", diff_ids = diffIds.Select(digest => digest.ToString()) },
        history = diffIds.Select(_ => new { created = "2024-01-01T00:00:00Z", created_by = "test" }),
    });
}

/// <summary>Writes an archive as <c>docker save</c> does, member by member, right or wrong.</summary>
public sealed class SavedArchive : IDisposable
{
    private readonly TarWriter _writer;
    private readonly HashSet<string> _members = new(StringComparer.Ordinal);
    private readonly List<object> _images = [];

    public SavedArchive(Stream stream, bool leaveOpen = false) => _writer = new TarWriter(stream, TarEntryFormat.Pax, leaveOpen);

    public SavedArchive(string path)
        : this(File.Create(path))
    {
    }

    /// <summary>An image with its names; members that are there already are not written again.</summary>
    public void Add(SavedSample image, params string[] names)
    {
        AddFile($"{image.Id.Hex}.json", image.Config);
        foreach (var layer in image.Layers)
            AddFile($"{layer.DiffId.Hex}.tar", layer.Content);
        Name($"{image.Id.Hex}.json", names, [.. image.Layers.Select(layer => $"{layer.DiffId.Hex}.tar")]);
    }

    /// <summary>An entry of <c>manifest.json</c>, whatever is in the archive.</summary>
    public void Name(string config, string[]? names, params string[] layers) => _images.Add(new { Config = config, RepoTags = names, Layers = layers });

    public void AddFile(string name, byte[] content)
    {
        if (_members.Add(name))
            _writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content), ModificationTime = DateTimeOffset.UnixEpoch });
    }

    public void AddLink(string name, string target) => _writer.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, name) { LinkName = target });

    /// <summary>Writes <c>manifest.json</c>, unless there is one, and ends the archive.</summary>
    public void Dispose()
    {
        AddFile("manifest.json", JsonSerializer.SerializeToUtf8Bytes(_images));
        _writer.Dispose();
    }
}
