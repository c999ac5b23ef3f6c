namespace TransferEngine.Hocon;

/// <summary>One element of a path. Quoted and unquoted spellings of the same text are the same key.</summary>
internal readonly struct HoconKey(string text, bool isQuoted) : IEquatable<HoconKey>
{
    public string Text { get; } = text;

    public bool IsQuoted { get; } = isQuoted;

    public bool Equals(HoconKey other) => string.Equals(Text, other.Text, StringComparison.Ordinal);

    public override bool Equals(object? obj) => obj is HoconKey other && Equals(other);

    public override int GetHashCode() => string.GetHashCode(Text, StringComparison.Ordinal);

    public override string ToString() => Text;
}
