using System.Globalization;
using System.Text;

namespace TransferEngine.Storage.Tars;

/// <summary>Which parts of a sparse file an archive stores, one behind the other; the rest are zeros.</summary>
internal sealed class SparseMap
{
    /// <summary>More parts than this are refused: no blob is cut up so.</summary>
    public const int MaxSegments = 100_000;

    // No layer comes near it, and an archive of a kilobyte can claim any length.
    private const long MaxLength = 1L << 40;

    private readonly (long Start, long Length, long Stored)[] _segments;

    private SparseMap((long Start, long Length, long Stored)[] segments, long length, long stored) =>
        (_segments, Length, Stored) = (segments, length, stored);

    /// <summary>With the holes.</summary>
    public long Length { get; }

    /// <summary>Without them.</summary>
    public long Stored { get; }

    public IEnumerable<(long Start, long Length)> Segments => _segments.Select(segment => (segment.Start, segment.Length));

    public int Count => _segments.Length;

    /// <exception cref="InvalidDataException">The parts overlap, are out of order, or reach beyond the file.</exception>
    public static SparseMap Of(IEnumerable<(long Start, long Length)> segments, long length)
    {
        if (length is < 0 or > MaxLength)
            throw new InvalidDataException("It claims to be endless.");
        var placed = new List<(long, long, long)>();
        long end = 0, stored = 0;
        foreach (var (start, size) in segments)
        {
            if (start < end || size < 0 || start > length || size > length - start || placed.Count == MaxSegments)
                throw new InvalidDataException("Its list of holes is damaged.");
            if (size > 0)
                placed.Add((start, size, stored));
            end = start + size;
            stored += size;
        }
        return new SparseMap([.. placed], length, stored);
    }

    /// <summary>The list at the head of a content (PAX, version 1.0): numbers in lines, to the end of a block.</summary>
    /// <exception cref="InvalidDataException">It is no such list.</exception>
    /// <exception cref="EndOfStreamException">The archive ends in it.</exception>
    public static List<(long Start, long Length)> ReadFrom(TarInput input, long contentBytes)
    {
        var text = new StringBuilder();
        var numbers = new List<long>();
        for (var left = contentBytes; ; left -= TarInput.BlockBytes)
        {
            if (left <= 0)
                throw new InvalidDataException("Its list of holes is damaged.");
            foreach (var letter in input.ReadExactly(TarInput.BlockBytes))
            {
                if (letter != '\n')
                {
                    text.Append((char)letter);
                    continue;
                }
                numbers.Add(Number(text.ToString()));
                text.Clear();
                if (numbers[0] > MaxSegments)
                    throw new InvalidDataException("Its list of holes is endless.");
                if (numbers.Count == 1 + (2 * numbers[0]))
                    return [.. numbers.Skip(1).Chunk(2).Select(pair => (pair[0], pair[1]))];
            }
            if (text.Length > TarInput.BlockBytes)
                throw new InvalidDataException("Its list of holes is damaged.");
        }
    }

    /// <summary>Where a position is stored and how many bytes follow it there; for a hole, no place, and its rest.</summary>
    public (long? Stored, long Count) At(long position)
    {
        var (low, high) = (0, _segments.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_segments[middle].Start + _segments[middle].Length <= position)
                low = middle + 1;
            else
                high = middle;
        }
        if (low == _segments.Length)
            return (null, Length - position);
        var (start, length, stored) = _segments[low];
        return position < start ? (null, start - position) : (stored + position - start, start + length - position);
    }

    private static long Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new InvalidDataException("Its list of holes is damaged.");
}
