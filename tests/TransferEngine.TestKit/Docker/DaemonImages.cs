using System.Formats.Tar;
using System.Text.Json;
using TransferEngine.Images;

namespace TransferEngine.TestKit.Docker;

/// <summary>
/// The images of a daemon's double. Loads archives as docker does: by <c>manifest.json</c>, each layer checked against its diff_id,
/// names taken from images that had them before.
/// </summary>
public sealed class DaemonImages
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, SavedSample> _images = new(StringComparer.Ordinal);

    /// <summary>The images by name.</summary>
    public IReadOnlyDictionary<string, SavedSample> Named
    {
        get
        {
            lock (_lock)
                return new Dictionary<string, SavedSample>(_images, StringComparer.Ordinal);
        }
    }

    public void Add(string name, SavedSample image)
    {
        lock (_lock)
            _images[name] = image;
    }

    public void Remove(string name)
    {
        lock (_lock)
            _images.Remove(name);
    }

    /// <summary>The archive of some images; null if one of them is not there.</summary>
    public byte[]? Save(IEnumerable<string> names)
    {
        var wanted = names.ToList();
        var images = Named;
        if (wanted.Find(name => !images.ContainsKey(name)) is not null)
            return null;
        var content = new MemoryStream();
        using (var archive = new SavedArchive(content, leaveOpen: true))
            foreach (var group in wanted.GroupBy(name => images[name].Id))
                archive.Add(images[group.First()], [.. group]);
        return content.ToArray();
    }

    /// <returns>The names of what was loaded.</returns>
    /// <exception cref="InvalidDataException">What docker would say.</exception>
    public IReadOnlyList<string> Load(Stream content)
    {
        var members = ReadMembers(content);
        using var manifest = JsonDocument.Parse(members.TryGetValue("manifest.json", out var bytes) ? bytes : throw new InvalidDataException("open manifest.json: no such file or directory"));
        var loaded = new List<string>();
        foreach (var entry in manifest.RootElement.EnumerateArray())
        {
            var image = Read(entry, members);
            foreach (var name in entry.GetProperty("RepoTags").EnumerateArray().Select(tag => tag.GetString()!))
            {
                Add(name, image);
                loaded.Add(name);
            }
        }
        return loaded;
    }

    private static SavedSample Read(JsonElement entry, Dictionary<string, byte[]> members)
    {
        var config = members[entry.GetProperty("Config").GetString()!];
        var layers = entry.GetProperty("Layers").EnumerateArray().Select(name => new SavedLayer(members[name.GetString()!])).ToList();
        using var parsed = JsonDocument.Parse(config);
        var diffIds = parsed.RootElement.GetProperty("rootfs").GetProperty("diff_ids").EnumerateArray().Select(id => Digest.Parse(id.GetString()!)).ToList();
        if (diffIds.Count != layers.Count)
            throw new InvalidDataException($"invalid manifest, layers length mismatch: expected {diffIds.Count}, got {layers.Count}");
        for (var i = 0; i < layers.Count; i++)
            if (layers[i].DiffId != diffIds[i])
                throw new InvalidDataException($"invalid diffID for layer {i}: expected \"{diffIds[i]}\", got \"{layers[i].DiffId}\"");
        return new SavedSample(config, layers);
    }

    private static Dictionary<string, byte[]> ReadMembers(Stream content)
    {
        var members = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        using var reader = new TarReader(content, leaveOpen: true);
        while (reader.GetNextEntry(copyData: true) is { } entry)
        {
            using var buffer = new MemoryStream();
            entry.DataStream?.CopyTo(buffer);
            members[entry.Name] = buffer.ToArray();
        }
        return members;
    }
}
