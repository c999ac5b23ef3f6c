using System.Text.Json;
using TransferEngine.Storage.Packages;

namespace TransferEngine.Cli.Reports;

/// <summary>What a new package is, as JSON properties.</summary>
internal static class PackJson
{
    public static void Write(Utf8JsonWriter writer, string path, long bytes, PackageIndex index, IEnumerable<ImageResult> problems)
    {
        writer.WriteString("file", path);
        writer.WriteString("package", index.Id.ToString());
        writer.WriteNumber("bytes", bytes);
        writer.WriteNumber("repositories", index.Repositories.Count);
        writer.WriteNumber("images", index.Repositories.Sum(repository => repository.Tags.Count + repository.Untagged.Count));
        writer.WriteNumber("heldBlobs", index.Held.Count);
        writer.WriteNumber("heldBytes", index.Held.Sum(blob => blob.Size));
        writer.WriteNumber("neededBlobs", index.Needed.Count);
        writer.WriteNumber("neededBytes", index.Needed.Sum(blob => blob.Size));
        writer.WriteStartArray("bases");
        foreach (var one in index.Bases)
        {
            writer.WriteStartObject();
            writer.WriteString("name", one.Name);
            ResultJson.WriteIfGiven(writer, "package", one.Package?.ToString());
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        ResultJson.Images(writer, "problems", problems);
    }
}
