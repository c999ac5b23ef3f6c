using TransferEngine.Images;

namespace TransferEngine.TestKit.Trees;

/// <summary>Manifests as JSON text.</summary>
public static class ManifestText
{
    public static string Image(bool isOci, bool statesMediaType, Descriptor config, IEnumerable<Descriptor> layers) =>
        $$"""{"schemaVersion":2,{{Stated(statesMediaType, isOci ? MediaType.OciManifest : MediaType.DockerManifest)}}"config":{{Of(config.Digest, config.Size, isOci ? MediaType.OciConfig : MediaType.DockerConfig)}},"layers":[{{string.Join(',', layers.Select(layer => Of(layer.Digest, layer.Size, isOci ? MediaType.OciLayerGzip : MediaType.DockerLayerGzip)))}}]}""";

    public static string Index(bool isOci, IEnumerable<(Digest Digest, long Size)> children)
    {
        string[] architectures = ["amd64", "arm64", "s390x", "ppc64le"];
        var entries = children.Select((child, i) =>
            $$"""{"platform":{"architecture":"{{architectures[i % architectures.Length]}}","os":"linux"},"mediaType":"{{(isOci ? MediaType.OciManifest : MediaType.DockerManifest)}}","size":{{child.Size}},"digest":"{{child.Digest}}"}""");
        return $$"""{"schemaVersion":2,"mediaType":"{{(isOci ? MediaType.OciIndex : MediaType.DockerManifestList)}}","manifests":[{{string.Join(',', entries)}}]}""";
    }

    private static string Stated(bool isStated, string mediaType) => isStated ? $"\"mediaType\":\"{mediaType}\"," : "";

    private static string Of(Digest digest, long size, string mediaType) => $$"""{"mediaType":"{{mediaType}}","size":{{size}},"digest":"{{digest}}"}""";
}
