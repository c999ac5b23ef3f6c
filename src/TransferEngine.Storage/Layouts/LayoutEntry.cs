using System.Text.Json;
using TransferEngine.Images;

namespace TransferEngine.Storage.Layouts;

/// <summary>One descriptor of a layout's index.</summary>
/// <param name="DigestText">The digest as written.</param>
/// <param name="MediaType">Empty if none is stated.</param>
/// <param name="Name">Its name by containerd's or the specification's annotation; null if it has neither.</param>
/// <param name="Kind">What the tools of <see cref="LayoutCompanion"/> call it.</param>
/// <param name="Json">All of it, to be written again as it was.</param>
internal sealed record LayoutEntry(string DigestText, string MediaType, string? Name, string? Kind, JsonElement Json)
{
    /// <summary>Image specification, "Pre-Defined Annotation Keys".</summary>
    public const string RefName = "org.opencontainers.image.ref.name";

    /// <summary>Where containerd and <c>docker save</c> (25 and later) put the full reference, beside a ref name that is the tag alone.</summary>
    public const string ContainerdName = "io.containerd.image.name";

    private const string KindName = "kind";

    /// <summary>Null if what is written is no digest.</summary>
    public Digest? Digest { get; } = Images.Digest.TryParse(DigestText, out var digest) ? digest : null;

    /// <summary>Set if it is no image but belongs to one.</summary>
    public LayoutCompanion? Companion { get; } = LayoutCompanion.Of(Kind);

    /// <summary>An index may name content of any kind (image specification, "Image Index"); what is no manifest is no image.</summary>
    public bool IsManifest => MediaType.Length == 0 || Images.MediaType.IsIndex(MediaType) || Images.MediaType.IsManifest(MediaType) || Images.MediaType.IsSchema1(MediaType);

    /// <exception cref="InvalidOperationException">The JSON is no descriptor.</exception>
    public static LayoutEntry Read(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw new InvalidOperationException("An entry is no object.");
        var annotations = ManifestJson.Find(json, "annotations");
        var name = Annotation(annotations, ContainerdName) ?? Annotation(annotations, RefName);
        return new LayoutEntry(Text(ManifestJson.Find(json, "digest")) ?? "", Text(ManifestJson.Find(json, "mediaType")) ?? "", name, Annotation(annotations, KindName), json);
    }

    // Annotations are a map: their keys are what they are, in their own case.
    private static string? Annotation(JsonElement? annotations, string key) =>
        annotations is { ValueKind: JsonValueKind.Object } map && map.TryGetProperty(key, out var value) ? Text(value) : null;

    private static string? Text(JsonElement? value) => value is { ValueKind: JsonValueKind.String } text && text.GetString() is { Length: > 0 } found ? found : null;
}
