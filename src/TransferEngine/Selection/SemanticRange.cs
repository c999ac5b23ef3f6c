using System.Text.RegularExpressions;
using NuGet.Versioning;

namespace TransferEngine.Selection;

/// <summary>
/// A range of semantic versions as npm and Masterminds/semver write them: <c>&gt;=1.2 &lt;2.0</c>, <c>^1.2</c>, <c>~1.2</c>,
/// <c>1.x</c>, <c>1.2 - 1.4</c>, <c>!=1.3</c>, a comma or a space for "and", <c>||</c> for "or". A pre-release is in the range only where
/// a bound of the same alternative names a pre-release (<c>&gt;=1.2-0</c>).
/// </summary>
internal sealed partial class SemanticRange
{
    private const int Longest = 1024;

    private readonly Alternative[] _alternatives;

    private SemanticRange(Alternative[] alternatives) => _alternatives = alternatives;

    private sealed record Alternative(IReadOnlyList<VersionBound> Bounds, bool TakesPreReleases);

    /// <exception cref="FormatException">The text is no range.</exception>
    public static SemanticRange Parse(string text) => text.Trim().Length is 0 or > Longest
        ? throw new FormatException("The range is empty or too long.")
        : new SemanticRange([.. text.Split("||").Select(ParseAlternative)]);

    public bool Contains(NuGetVersion version) => Array.Exists(_alternatives, alternative =>
        (alternative.TakesPreReleases || !version.IsPrerelease) && alternative.Bounds.All(bound => bound.Contains(version)));

    private static Alternative ParseAlternative(string text)
    {
        var hyphen = HyphenRange().Match(text);
        var spelled = hyphen.Success ? $">={hyphen.Groups[1].Value} <={hyphen.Groups[2].Value}" : text;
        var bounds = new List<VersionBound>();
        var takesPreReleases = false;
        var end = 0;
        foreach (Match match in Comparator().Matches(spelled))
        {
            if (spelled[end..match.Index].Trim(' ', ',', '\t').Length > 0)
                break;
            end = match.Index + match.Length;
            var version = PartialVersion.Parse(match.Groups[2].Value);
            takesPreReleases |= version.IsPreRelease;
            bounds.Add(VersionBound.Of(match.Groups[1].Value, version));
        }
        if (bounds.Count == 0 || spelled[end..].Trim(' ', ',', '\t').Length > 0)
            throw new FormatException($"'{text.Trim()}' is no range of versions.");
        return new Alternative(bounds, takesPreReleases);
    }

    [GeneratedRegex(@"\A\s*(\S+)\s+-\s+(\S+)\s*\z")]
    private static partial Regex HyphenRange();

    [GeneratedRegex(@"(=|!=|>=|<=|=>|=<|>|<|\^|~>|~)?\s*(v?[0-9xX*][^\s,|<>=^~!]*)")]
    private static partial Regex Comparator();
}
