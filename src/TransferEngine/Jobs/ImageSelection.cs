using System.Text.RegularExpressions;
using TransferEngine.Images;

namespace TransferEngine;

/// <summary>
/// Which images are wanted, by glob patterns as shells write them: <c>*</c> within a path component, <c>**</c> across
/// them, <c>?</c> one character. No include pattern means all; an exclude pattern wins.
/// </summary>
public sealed class ImageSelection
{
    private readonly Regex[] _includeRepositories;
    private readonly Regex[] _excludeRepositories;
    private readonly Regex[] _includeTags;
    private readonly Regex[] _excludeTags;

    public ImageSelection(
        IEnumerable<string>? includeRepositories = null,
        IEnumerable<string>? excludeRepositories = null,
        IEnumerable<string>? includeTags = null,
        IEnumerable<string>? excludeTags = null)
    {
        _includeRepositories = Compile(includeRepositories);
        _excludeRepositories = Compile(excludeRepositories);
        _includeTags = Compile(includeTags);
        _excludeTags = Compile(excludeTags);
    }

    public static ImageSelection All { get; } = new();

    public bool Wants(RepositoryName repository) => Wants(repository.ToString(), _includeRepositories, _excludeRepositories);

    /// <summary>True for untagged revisions unless tags are included by pattern: then only tags were asked for.</summary>
    public bool Wants(Tag? tag) => tag is { } given
        ? Wants(given.ToString(), _includeTags, _excludeTags)
        : _includeTags.Length == 0;

    private static bool Wants(string name, Regex[] include, Regex[] exclude) =>
        (include.Length == 0 || Array.Exists(include, pattern => pattern.IsMatch(name)))
        && !Array.Exists(exclude, pattern => pattern.IsMatch(name));

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
