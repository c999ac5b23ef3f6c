using System.Globalization;
using System.Text.RegularExpressions;
using NuGet.Versioning;

namespace TransferEngine.Selection;

/// <summary>A version of which the end may be left open: <c>1</c>, <c>1.2</c>, <c>1.x</c>, <c>*</c>.</summary>
internal sealed partial record PartialVersion(NuGetVersion Floor, int Given)
{
    public bool IsPreRelease => Floor.IsPrerelease;

    /// <exception cref="FormatException">The text is no version.</exception>
    public static PartialVersion Parse(string text)
    {
        var match = Grammar().Match(text);
        int[] parts = [.. Enumerable.Range(1, 3).Select(i => match.Groups[i].Value).TakeWhile(part => part.Length > 0 && char.IsAsciiDigit(part[0])).Select(ParseNumber)];
        // 1.x.3 says nothing that could be meant.
        if (!match.Success || (parts.Length < 2 && match.Groups[3] is { Length: > 0 } last && char.IsAsciiDigit(last.ValueSpan[0])))
            throw new FormatException($"'{text}' is no version.");
        var label = match.Groups[4].Value;
        return new PartialVersion(new NuGetVersion(At(parts, 0), At(parts, 1), At(parts, 2), label.Length > 0 ? label : null), parts.Length);
    }

    /// <summary>The end of all versions that begin with the given parts; null if none is given.</summary>
    public NuGetVersion? Ceiling => Given == 0 ? null : Behind(Given);

    /// <summary><c>^</c>: up to the next change of the leftmost part that is not zero.</summary>
    public NuGetVersion? CaretCeiling => Given switch
    {
        0 => null,
        1 => Behind(1),
        _ when Floor.Major > 0 => Behind(1),
        2 => Behind(2),
        _ => Behind(Floor.Minor > 0 ? 2 : 3),
    };

    /// <summary><c>~</c>: the same minor version, or the same major version where no minor one is given.</summary>
    public NuGetVersion? TildeCeiling => Given == 0 ? null : Behind(Math.Min(Given, 2));

    // The lowest pre-release of the next version: so 2.0.0-rc does not count as below 2.0.
    private NuGetVersion Behind(int parts) => parts switch
    {
        1 => new NuGetVersion(Up(Floor.Major), 0, 0, "0"),
        2 => new NuGetVersion(Floor.Major, Up(Floor.Minor), 0, "0"),
        _ => new NuGetVersion(Floor.Major, Floor.Minor, Up(Floor.Patch), "0"),
    };

    private static int Up(int number) => number == int.MaxValue ? number : number + 1;

    private static int At(int[] parts, int index) => index < parts.Length ? parts[index] : 0;

    private static int ParseNumber(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw new FormatException($"{text} is too large for a version.");

    [GeneratedRegex(@"\Av?([0-9]+|[xX*])(?:\.([0-9]+|[xX*]))?(?:\.([0-9]+|[xX*]))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?\z")]
    private static partial Regex Grammar();
}
