using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace TransferEngine.Images;

/// <summary>
/// A repository's name: path components separated by <c>/</c>, by the grammar of the OCI distribution
/// specification ("Pulling manifests"), at most 255 characters. A component starts and ends alphanumeric, so
/// a valid name can never climb out of a folder nor be taken for <c>_manifests</c>.
/// </summary>
public readonly partial record struct RepositoryName : IComparable<RepositoryName>
{
    /// <summary>Longest name that registries and clients accept, in characters.</summary>
    public const int MaxLength = 255;

    private readonly string? _value;

    private RepositoryName(string value) => _value = value;

    private string Value => _value ?? throw new InvalidOperationException("A default RepositoryName holds no value.");

    public static bool TryParse([NotNullWhen(true)] string? text, out RepositoryName name)
    {
        name = default;
        if (text is null || text.Length is 0 or > MaxLength || !Grammar().IsMatch(text))
            return false;
        name = new RepositoryName(text);
        return true;
    }

    /// <exception cref="FormatException">The text is not a repository name.</exception>
    public static RepositoryName Parse(string text) =>
        TryParse(text, out var name) ? name : throw new FormatException($"'{Printable.Of(text)}' is not a repository name.");

    public int CompareTo(RepositoryName other) => string.CompareOrdinal(_value, other._value);

    public override string ToString() => Value;

    public static bool operator <(RepositoryName left, RepositoryName right) => left.CompareTo(right) < 0;

    public static bool operator >(RepositoryName left, RepositoryName right) => left.CompareTo(right) > 0;

    public static bool operator <=(RepositoryName left, RepositoryName right) => left.CompareTo(right) <= 0;

    public static bool operator >=(RepositoryName left, RepositoryName right) => left.CompareTo(right) >= 0;

    [GeneratedRegex(@"\A[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Grammar();
}
