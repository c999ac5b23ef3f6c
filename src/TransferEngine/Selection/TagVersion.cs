using System.Diagnostics.CodeAnalysis;
using NuGet.Versioning;

namespace TransferEngine.Selection;

/// <summary>Tags read as semantic versions, with or without a leading <c>v</c>: <c>v1.2.3</c>, <c>1.2</c>, <c>1.2.3-alpine</c>.</summary>
internal static class TagVersion
{
    public static bool TryParse(string tag, [NotNullWhen(true)] out NuGetVersion? version)
    {
        var text = tag.StartsWith('v') ? tag[1..] : tag;
        version = null;
        return text.Length > 0 && char.IsAsciiDigit(text[0]) && NuGetVersion.TryParse(text, out version);
    }
}
