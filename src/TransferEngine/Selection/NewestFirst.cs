using NuGet.Versioning;
using TransferEngine.Images;

namespace TransferEngine.Selection;

/// <summary>
/// Orders tags from the newest to the oldest by their names alone: semantic versions first, by precedence; then all others in
/// natural order, in which <c>build-10</c> comes after <c>build-9</c>. Two spellings of one version (<c>1.2</c>, <c>v1.2.0</c>) go by their text.
/// </summary>
internal sealed class NewestFirst : IComparer<Tag>
{
    private NewestFirst()
    {
    }

    public static NewestFirst Instance { get; } = new();

    public int Compare(Tag x, Tag y)
    {
        var (left, right) = (x.ToString(), y.ToString());
        var order = (TagVersion.TryParse(left, out var first), TagVersion.TryParse(right, out var second)) switch
        {
            (true, true) => VersionComparer.Default.Compare(second, first),
            (true, false) => -1,
            (false, true) => 1,
            _ => CompareNaturally(right, left),
        };
        return order != 0 ? order : string.CompareOrdinal(right, left);
    }

    /// <summary>Runs of digits by their value, all else by its code units.</summary>
    private static int CompareNaturally(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        while (!left.IsEmpty && !right.IsEmpty)
        {
            var first = TakeRun(ref left);
            var second = TakeRun(ref right);
            var areNumbers = char.IsAsciiDigit(first[0]) && char.IsAsciiDigit(second[0]);
            var order = areNumbers ? CompareNumbers(first.TrimStart('0'), second.TrimStart('0')) : first.SequenceCompareTo(second);
            if (order != 0)
                return order;
        }
        return left.Length - right.Length;
    }

    private static int CompareNumbers(ReadOnlySpan<char> left, ReadOnlySpan<char> right) =>
        left.Length != right.Length ? left.Length - right.Length : left.SequenceCompareTo(right);

    private static ReadOnlySpan<char> TakeRun(ref ReadOnlySpan<char> text)
    {
        var isNumber = char.IsAsciiDigit(text[0]);
        var length = 1;
        while (length < text.Length && char.IsAsciiDigit(text[length]) == isNumber)
            length++;
        var run = text[..length];
        text = text[length..];
        return run;
    }
}
