using System.Text.RegularExpressions;
using TransferEngine.Images;

namespace TransferEngine.Selection;

/// <summary>What a single tag must look like: globs, regular expressions, a range of versions, each if given.</summary>
internal sealed class TagFilter
{
    private readonly NamePatterns _globs;
    private readonly Regex[] _regexes;
    private readonly SemanticRange? _range;

    /// <exception cref="TransferException">An expression or the range can't be understood.</exception>
    public TagFilter(NamePatterns globs, IEnumerable<string>? regexes, string? range)
    {
        _globs = globs;
        _regexes = regexes is null ? [] : [.. regexes.Select(Compile)];
        _range = range is null ? null : ParseRange(range);
    }

    /// <summary>True if nothing says that only certain tags are meant.</summary>
    public bool TakesAll => !_globs.HasInclude && _regexes.Length == 0 && _range is null;

    public bool Excludes(string tag) => _globs.Excludes(tag);

    public bool Match(string tag) => _globs.Match(tag)
        && (_regexes.Length == 0 || Array.Exists(_regexes, regex => Match(regex, tag)))
        && (_range is null || (TagVersion.TryParse(tag, out var version) && _range.Contains(version)));

    internal static TransferException Invalid(string message, Exception? inner = null) =>
        new(new TransferError(ErrorCode.ConfigurationInvalid, message) { Scope = ErrorScope.Endpoint }, inner);

    private static bool Match(Regex regex, string tag)
    {
        try
        {
            return regex.IsMatch(tag);
        }
        catch (RegexMatchTimeoutException e)
        {
            throw Invalid($"The expression '{Printable.Of(regex.ToString())}' takes too long on the tag {tag}: write it without nested repetitions.", e);
        }
    }

    private static Regex Compile(string pattern)
    {
        try
        {
            return BoundedRegex.Create(pattern);
        }
        catch (ArgumentException e)
        {
            throw Invalid($"'{Printable.Of(pattern)}' is no regular expression.", e);
        }
    }

    private static SemanticRange ParseRange(string text)
    {
        try
        {
            return SemanticRange.Parse(text);
        }
        catch (FormatException e)
        {
            throw new TransferException(
                new TransferError(ErrorCode.ConfigurationInvalid, $"The range of versions '{Printable.Of(text)}' can't be understood: {Printable.Of(e.Message)}")
                { Scope = ErrorScope.Endpoint, Hint = "Write it like '>=1.2 <2.0', '^1.2', '~1.2' or '1.x'." }, e);
        }
    }
}
