using System.Buffers;
using System.Text.RegularExpressions;
using TransferEngine.Images;

namespace TransferEngine.Selection;

/// <summary>Globs that names must match, and others that they must not. One that can match no name at all is refused.</summary>
internal sealed class NamePatterns(IEnumerable<string>? include, IEnumerable<string>? exclude)
{
    private readonly Regex[] _include = Compile(include);
    private readonly Regex[] _exclude = Compile(exclude);

    public bool HasInclude => _include.Length > 0;

    public bool Match(string name) =>
        (_include.Length == 0 || Array.Exists(_include, pattern => pattern.IsMatch(name))) && !Excludes(name);

    public bool Excludes(string name) => Array.Exists(_exclude, pattern => pattern.IsMatch(name));

    private static Regex[] Compile(IEnumerable<string>? globs) => globs is null ? [] : [.. globs.Select(Compile)];

    private static readonly SearchValues<char> OfPatterns = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/*?");

    // NonBacktracking: linear in the name's length, whatever pattern the user writes.
    private static Regex Compile(string glob)
    {
        // Taken literally, a class that a shell would know matches nothing, and an exclusion by it lets everything through.
        if (glob.AsSpan().IndexOfAnyExcept(OfPatterns) is >= 0 and var at)
            throw TagFilter.Invalid($"The pattern '{Printable.Of(glob)}' can match no name, as none has a '{Printable.Of(glob[at].ToString())}': patterns know *, ** and ? only.");
        var pattern = Regex.Escape(glob).Replace(@"\*\*/", "(?:.*/)?", StringComparison.Ordinal)
            .Replace(@"\*\*", ".*", StringComparison.Ordinal)
            .Replace(@"\*", "[^/]*", StringComparison.Ordinal)
            .Replace(@"\?", "[^/]", StringComparison.Ordinal);
        return new Regex($@"\A{pattern}\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
    }
}
