using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TransferEngine.Storage.DockerArchives;

/// <summary>What an archive says of its images.</summary>
internal static class ArchiveIndex
{
    private static readonly JsonSerializerOptions AsWritten = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary><c>manifest.json</c>: an entry for each image, with all its names.</summary>
    public static byte[] Manifest(SavedImages images)
    {
        var entries = images.Tags.GroupBy(tag => (tag.Image.Config.Name, string.Join('\n', tag.Image.Layers.Select(layer => layer.Name)))).Select(group => new JsonObject
        {
            ["Config"] = group.First().Image.Config.Name,
            ["RepoTags"] = Texts(group.Select(tag => $"{tag.Name.Repository}:{tag.Name.Tag}")),
            ["Layers"] = Texts(group.First().Image.Layers.Select(layer => layer.Name)),
        });
        return JsonSerializer.SerializeToUtf8Bytes(new JsonArray([.. entries]), AsWritten);
    }

    /// <summary><c>repositories</c>, which tools from before docker 1.10 look for: each tag with its topmost layer.</summary>
    public static byte[] Repositories(SavedImages images)
    {
        var repositories = new JsonObject();
        foreach (var repository in images.Tags.Where(tag => tag.Image.Layers.Count > 0).GroupBy(tag => tag.Name.Repository))
            repositories[repository.Key.ToString()] = new JsonObject(repository.Select(tag => KeyValuePair.Create(tag.Name.Tag.ToString(), (JsonNode?)tag.Image.Layers[^1].Digest.Hex)));
        return JsonSerializer.SerializeToUtf8Bytes(repositories, AsWritten);
    }

    /// <summary>What the user should know of the archive.</summary>
    public static List<string> Notes(SavedImages images)
    {
        var notes = new List<string>
        {
            "A docker archive keeps no manifests and its layers uncompressed: whoever reads it finds the same image IDs, but other digests of manifests and layers.",
        };
        var roots = images.Tags.Select(tag => tag.Image.Root).Where(root => root.IsIndex).DistinctBy(root => root.Digest).Count();
        if (roots > 0)
            notes.Add($"{roots} of the images were indexes; the archive has the one image of each that can be run.");
        var kept = images.Tags.SelectMany(tag => new[] { tag.Image.Root.Digest, tag.Image.Manifest.Digest }).ToHashSet();
        var lost = images.Manifests.Count(digest => !kept.Contains(digest));
        if (lost > 0)
            notes.Add($"{lost} manifests without a tag (signatures, attestations, other platforms, untagged images) are not in the archive, which has no place for them.");
        return notes;
    }

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode?)text)]);
}
