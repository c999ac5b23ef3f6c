using System.Text.RegularExpressions;

namespace TransferEngine.Selection;

/// <summary>Globs that names must match, and others that they must not.</summary>
internal sealed class NamePatterns(IEnumerable<string>? include, IEnumerable<string>? exclude)
{
    private readonly Regex[] _include = Compile(include);
    private readonly Regex[] _exclude = Compile(exclude);

    public bool HasInclude => _include.Length > 0;

    public bool Match(string name) =>
        (_include.Length == 0 || Array.Exists(_include, pattern => pattern.IsMatch(name))) && !Excludes(name);

    public bool Excludes(string name) => Array.Exists(_exclude, pattern => pattern.IsMatch(name));

    private static Regex[] Compile(IEnumerable<string>? globs) => globs is null ? [] : [.. globs.Select(Compile)];

    // NonBacktracking: linear in the name's length, whatever pattern the user writes.
    private static Regex Compile(string glob)
    {
        var pattern = Regex.Escape(glob).Replace(@"\*\*/", "(?:.*/)?", StringComparison.Ordinal)
            .Replace(@"\*\*", ".*", StringComparison.Ordinal)
            .Replace(@"\*", "[^/]*", StringComparison.Ordinal)
            .Replace(@"\?", "[^/]", StringComparison.Ordinal);
        return new Regex($@"\A{pattern}\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
    }
}
