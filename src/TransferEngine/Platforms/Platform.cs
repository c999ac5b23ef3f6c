using System.Diagnostics.CodeAnalysis;
using TransferEngine.Images;

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

    /// <exception cref="TransferException"><see cref="ErrorCode.ConfigurationInvalid"/>: this is no platform.</exception>
    public static Platform Parse(string text) => TryParse(text, out var platform) ? platform
        : throw new TransferException(new TransferError(ErrorCode.ConfigurationInvalid, $"'{Printable.Of(text)}' is no platform.")
        { Scope = ErrorScope.Endpoint, Hint = "Write it like linux/amd64 or linux/arm/v7." });

    /// <summary>True if an entry of an index is meant.</summary>
    public bool Takes(string? os, string? architecture, string? variant) =>
        os == Os && architecture == Architecture && (Variant is null || variant == Variant);

    public override string ToString() => Variant is null ? $"{Os}/{Architecture}" : $"{Os}/{Architecture}/{Variant}";
}
