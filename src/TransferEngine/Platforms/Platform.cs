using System.Diagnostics.CodeAnalysis;

namespace TransferEngine;

/// <summary>
/// A platform as users write it, <c>os/architecture[/variant]</c>, by the names of the OCI image specification ("Image Index"). Without
/// a variant it means every variant.
/// </summary>
public sealed record Platform(string Os, string Architecture, string? Variant)
{
    public static bool TryParse(string text, [NotNullWhen(true)] out Platform? platform)
    {
        platform = text.Split('/') switch
        {
            [{ Length: > 0 } os, { Length: > 0 } architecture] => new Platform(os, architecture, null),
            [{ Length: > 0 } os, { Length: > 0 } architecture, { Length: > 0 } variant] => new Platform(os, architecture, variant),
            _ => null,
        };
        return platform is not null;
    }

    /// <summary>True if an entry of an index is meant.</summary>
    public bool Takes(string? os, string? architecture, string? variant) =>
        os == Os && architecture == Architecture && (Variant is null || variant == Variant);

    public override string ToString() => Variant is null ? $"{Os}/{Architecture}" : $"{Os}/{Architecture}/{Variant}";
}
