using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace TransferEngine.Images;

/// <summary>
/// A tag, <c>[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}</c> by the OCI distribution specification. Note that <c>_x</c>,
/// <c>current</c> and <c>link</c> are tags like any other.
/// </summary>
public readonly record struct Tag : IComparable<Tag>
{
    /// <summary>Longest tag, in characters.</summary>
    public const int MaxLength = 128;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");

    private readonly string? _value;

    private Tag(string value) => _value = value;

    private string Value => _value ?? throw new InvalidOperationException("A default Tag holds no value.");

    public static bool TryParse([NotNullWhen(true)] string? text, out Tag tag)
    {
        tag = default;
        if (text is null || text.Length is 0 or > MaxLength || text[0] is '.' or '-' || text.AsSpan().ContainsAnyExcept(Allowed))
            return false;
        tag = new Tag(text);
        return true;
    }

    /// <exception cref="FormatException">The text is not a tag.</exception>
    public static Tag Parse(string text) =>
        TryParse(text, out var tag) ? tag : throw new FormatException($"'{Printable.Of(text)}' is not a tag.");

    public int CompareTo(Tag other) => string.CompareOrdinal(_value, other._value);

    public override string ToString() => Value;

    public static bool operator <(Tag left, Tag right) => left.CompareTo(right) < 0;

    public static bool operator >(Tag left, Tag right) => left.CompareTo(right) > 0;

    public static bool operator <=(Tag left, Tag right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Tag left, Tag right) => left.CompareTo(right) >= 0;
}
