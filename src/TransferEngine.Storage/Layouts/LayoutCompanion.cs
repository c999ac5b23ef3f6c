using TransferEngine.Images;

namespace TransferEngine.Storage.Layouts;

/// <summary>
/// What <c>cosign save</c> (cosign, "pkg/oci/layout/write.go") and hauler ("pkg/consts") say of an entry by the annotation <c>kind</c>: that
/// it is no image but belongs to the one of the same name, or to the only one. In a registry it goes by a tag of its own, made of the image's
/// digest.
/// </summary>
/// <param name="Suffix">Of the tag: <c>sig</c>, <c>att</c> or <c>sbom</c>; null for what has no tag, as its manifest names its subject.</param>
/// <param name="Subject">Whose it is, where the kind tells: hauler does for the images of an index.</param>
internal sealed record LayoutCompanion(string? Suffix, Digest? Subject)
{
    private static readonly string[] Prefixes = ["dev.cosignproject.cosign/", "dev.hauler/"];

    /// <summary>Null if the kind says nothing, nothing known, or that it is an image.</summary>
    public static LayoutCompanion? Of(string? kind)
    {
        // The digest behind "referrers" is the entry's own.
        var parts = WithoutPrefix(kind)?.Split('/') ?? [];
        Digest? subject = parts is [not "referrers", var hex] && Digest.TryParse($"sha256:{hex}", out var digest) ? digest : null;
        return parts is not [var what, ..] ? null : what switch
        {
            "sigs" => new LayoutCompanion("sig", subject),
            "atts" => new LayoutCompanion("att", subject),
            "sboms" => new LayoutCompanion("sbom", subject),
            "referrers" => new LayoutCompanion(null, null),
            _ => null,
        };
    }

    /// <summary>Whether the kind says that it is an index: of several entries with one name that is the one that all the others belong to.</summary>
    public static bool IsIndex(string? kind) => WithoutPrefix(kind) == "imageIndex";

    /// <summary>The tag by which it belongs to a manifest (cosign's SIGNATURE_SPEC).</summary>
    public string TagFor(Digest subject) => $"{subject.Algorithm}-{subject.Hex[..64]}.{Suffix}";

    /// <summary>Whether a tag is one that <see cref="TagFor"/> makes, of whatever image: hauler gives some entries their name at once.</summary>
    public bool IsTagOfSome(string? tag) => tag is not null && tag.EndsWith($".{Suffix}", StringComparison.Ordinal) && tag.StartsWith("sha256-", StringComparison.Ordinal);

    private static string? WithoutPrefix(string? kind) =>
        kind is not null && Array.Find(Prefixes, prefix => kind.StartsWith(prefix, StringComparison.Ordinal)) is { } prefix ? kind[prefix.Length..] : null;
}
