using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace TransferEngine.Images;

/// <summary>
/// The content address of a blob or manifest, <c>algorithm:hex</c>, as the OCI image specification's
/// "Digests" section defines it. Only the registered algorithms sha256 (64 hex digits) and sha512 (128) are
/// accepted, in lower case, so that a digest can safely become part of a path or a URL.
/// </summary>
public readonly record struct Digest : IComparable<Digest>
{
    private readonly string? _value;

    private Digest(string value) => _value = value;

    /// <summary>The algorithm, <c>sha256</c> or <c>sha512</c>.</summary>
    public string Algorithm => Value[..6];

    /// <summary>The lower-case hexadecimal part.</summary>
    public string Hex => Value[7..];

    private string Value => _value ?? throw new InvalidOperationException("A default Digest holds no value.");

    public static bool TryParse([NotNullWhen(true)] string? text, out Digest digest)
    {
        digest = default;
        if (text is null || !HasKnownShape(text) || text.AsSpan(7).ContainsAnyExcept(HexDigits))
            return false;
        digest = new Digest(text);
        return true;
    }

    /// <exception cref="FormatException">The text is not a sha256 or sha512 digest.</exception>
    public static Digest Parse(string text) =>
        TryParse(text, out var digest) ? digest : throw new FormatException($"'{Printable.Of(text)}' is not a digest.");

    public static Digest OfSha256(ReadOnlySpan<byte> content) =>
        new("sha256:" + Convert.ToHexStringLower(SHA256.HashData(content)));

    /// <summary>The digest of the content by this digest's own algorithm, to compare the two.</summary>
    public Digest SameAlgorithmOver(ReadOnlySpan<byte> content) => Algorithm == "sha256"
        ? OfSha256(content)
        : new Digest("sha512:" + Convert.ToHexStringLower(SHA512.HashData(content)));

    /// <summary>An incremental hash by this digest's own algorithm; see <see cref="Matches"/>.</summary>
    public IncrementalHash CreateHash() =>
        IncrementalHash.CreateHash(Algorithm == "sha256" ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA512);

    /// <summary>The digest of what was given to a SHA-256 or SHA-512 hash so far.</summary>
    public static Digest OfHash(IncrementalHash hash) =>
        new((hash.AlgorithmName == HashAlgorithmName.SHA256 ? "sha256:" : "sha512:") + Convert.ToHexStringLower(hash.GetCurrentHash()));

    public bool Matches(IncrementalHash hash) =>
        Convert.ToHexStringLower(hash.GetCurrentHash()).AsSpan().SequenceEqual(Value.AsSpan(7));

    public int CompareTo(Digest other) => string.CompareOrdinal(_value, other._value);

    public override string ToString() => Value;

    public static bool operator <(Digest left, Digest right) => left.CompareTo(right) < 0;

    public static bool operator >(Digest left, Digest right) => left.CompareTo(right) > 0;

    public static bool operator <=(Digest left, Digest right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Digest left, Digest right) => left.CompareTo(right) >= 0;

    private static readonly System.Buffers.SearchValues<char> HexDigits =
        System.Buffers.SearchValues.Create("0123456789abcdef");

    private static bool HasKnownShape(string text) =>
        (text.Length == 7 + 64 && text.StartsWith("sha256:", StringComparison.Ordinal))
        || (text.Length == 7 + 128 && text.StartsWith("sha512:", StringComparison.Ordinal));
}
