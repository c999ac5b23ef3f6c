using System.Globalization;
using TransferEngine.Images;

namespace TransferEngine.Mapping;

/// <summary>Reads rules as users write them, and says of a bad one what is wrong with it.</summary>
internal static class MappingRuleParser
{
    private const int Longest = 1024;

    /// <exception cref="TransferException"><see cref="ErrorCode.ConfigurationInvalid"/>.</exception>
    public static MappingRule Parse(string text)
    {
        if (text.Length > Longest)
            throw Invalid(text, $"it is longer than {Longest} characters");
        if (text.Any(char.IsControl))
            throw Invalid(text, "it holds a control character");
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var (kind, value) = equals < 0 ? (text, "") : (text[..equals], text[(equals + 1)..]);
        if (value.Length == 0)
            throw Invalid(text, "it has the form KIND=VALUE");
        return kind switch
        {
            "prefix" => Prefix(text, value),
            "replace" => Replace(text, value),
            "regex" => Regex(text, value),
            "exact" => Exact(text, value),
            "flatten" => Flatten(text, value),
            "last" => Last(text, value),
            _ => throw Invalid(text, "its kind is not known"),
        };
    }

    internal static TransferException Invalid(string rule, string reason, Exception? inner = null) => new(
        new TransferError(ErrorCode.ConfigurationInvalid, $"The mapping rule '{Printable.Of(rule)}' can't be understood: {reason}.")
        {
            Scope = ErrorScope.Endpoint,
            Hint = "Rules are prefix=TEXT, replace=OLD:NEW, regex=PATTERN:REPLACEMENT, exact=SOURCE:TARGET, flatten=SEPARATOR and last=N.",
        },
        inner);

    private static PrefixRule Prefix(string text, string prefix) => RepositoryName.TryParse(prefix + "a", out _)
        ? new PrefixRule(prefix)
        : throw Invalid(text, "no repository's name begins like that");

    private static ReplaceRule Replace(string text, string value)
    {
        var (old, replacement) = Split(text, value);
        if (old.Length == 0)
            throw Invalid(text, "it does not say what to replace");
        if (replacement.Length > 0 && !RepositoryName.TryParse(replacement + "a", out _))
            throw Invalid(text, "no repository's name begins like its replacement");
        return new ReplaceRule(old, replacement);
    }

    private static RegexRule Regex(string text, string value)
    {
        var (pattern, replacement) = Split(text, value);
        if (pattern.Length == 0)
            throw Invalid(text, "it does not say what to match");
        try
        {
            return new RegexRule(pattern, replacement);
        }
        catch (ArgumentException e)
        {
            throw Invalid(text, "its pattern is no regular expression", e);
        }
    }

    private static ExactRule Exact(string text, string value)
    {
        var (source, target) = Split(text, value);
        return RepositoryName.TryParse(source, out var from) && RepositoryName.TryParse(target, out var to)
            ? new ExactRule(from, to)
            : throw Invalid(text, "it takes the names of two repositories");
    }

    private static FlattenRule Flatten(string text, string separator) =>
        !separator.Contains('/', StringComparison.Ordinal) && RepositoryName.TryParse($"a{separator}a", out _)
            ? new FlattenRule(separator)
            : throw Invalid(text, "names can't be joined by that separator");

    private static LastComponentsRule Last(string text, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0
            ? new LastComponentsRule(count)
            : throw Invalid(text, "it takes a number from 1 on");

    // At the last colon: patterns have colons, names and what replaces a match have none.
    private static (string Left, string Right) Split(string text, string value)
    {
        var colon = value.LastIndexOf(':');
        return colon < 0 ? throw Invalid(text, "a colon is missing between its two sides") : (value[..colon], value[(colon + 1)..]);
    }
}
