using System.Text.Json;
using TransferEngine.Images;

namespace TransferEngine.Storage.Layouts;

/// <summary>One descriptor of a layout's index.</summary>
/// <param name="DigestText">The digest as written.</param>
/// <param name="MediaType">Empty if none is stated.</param>
/// <param name="Name">Its name by containerd's or the specification's annotation; null if it has neither.</param>
/// <param name="Json">All of it, to be written again as it was.</param>
internal sealed record LayoutEntry(string DigestText, string MediaType, string? Name, JsonElement Json)
{
    /// <summary>Image specification, "Pre-Defined Annotation Keys".</summary>
    public const string RefName = "org.opencontainers.image.ref.name";

    /// <summary>Where containerd and <c>docker save</c> (25 and later) put the full reference, beside a ref name that is the tag alone.</summary>
    public const string ContainerdName = "io.containerd.image.name";

    /// <summary>Null if what is written is no digest.</summary>
    public Digest? Digest { get; } = Images.Digest.TryParse(DigestText, out var digest) ? digest : null;

    /// <summary>An index may name content of any kind (image specification, "Image Index"); what is no manifest is no image.</summary>
    public bool IsManifest => MediaType.Length == 0 || Images.MediaType.IsIndex(MediaType) || Images.MediaType.IsManifest(MediaType) || Images.MediaType.IsSchema1(MediaType);

    /// <exception cref="InvalidOperationException">The JSON is no descriptor.</exception>
    public static LayoutEntry Read(JsonElement json)
    {
        string? name = null;
        if (json.TryGetProperty("annotations", out var annotations) && annotations.ValueKind == JsonValueKind.Object)
            name = Text(annotations, ContainerdName) ?? Text(annotations, RefName);
        return new LayoutEntry(Text(json, "digest") ?? "", Text(json, "mediaType") ?? "", name, json);
    }

    private static string? Text(JsonElement json, string property) =>
        json.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;
}
