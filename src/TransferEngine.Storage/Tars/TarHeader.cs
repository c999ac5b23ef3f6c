using System.Text;

namespace TransferEngine.Storage.Tars;

/// <summary>
/// The fields of a header block that decide what a member is (POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar's manual,
/// "Basic Tar Format"). Owner, mode and times are of no concern here.
/// </summary>
internal readonly ref struct TarHeader(ReadOnlySpan<byte> block)
{
    /// <summary>An exabyte: sums of sizes stay numbers.</summary>
    public const long MaxSize = 1L << 60;

    private const int SparseEntryBytes = 24;

    private readonly ReadOnlySpan<byte> _block = block;

    public char Type => (char)_block[156];

    public string LinkName => Text(_block.Slice(157, 100));

    public bool IsZero => !_block.ContainsAnyExcept((byte)0);

    /// <summary>GNU's and POSIX's headers say so; those of v7 say nothing.</summary>
    public bool HasMagic => _block.Slice(257, 5).SequenceEqual("ustar"u8);

    public string Name
    {
        get
        {
            var name = Text(_block[..100]);
            // GNU's magic is followed by a blank, and it puts other things where POSIX has the prefix.
            var prefix = HasMagic && _block[262] == 0 ? Text(_block.Slice(345, 155)) : "";
            return prefix.Length == 0 ? name : $"{prefix}/{name}";
        }
    }

    /// <summary>The sum of all bytes, its own counted as blanks. Some old programs summed signed bytes.</summary>
    public bool IsSound
    {
        get
        {
            if (Number(_block.Slice(148, 8)) is not { } stated)
                return false;
            long unsigned = 0, signed = 0;
            for (var i = 0; i < _block.Length; i++)
            {
                var value = i is >= 148 and < 156 ? (byte)' ' : _block[i];
                unsigned += value;
                signed += (sbyte)value;
            }
            return stated == unsigned || stated == signed;
        }
    }

    /// <summary>Null if it is no number, negative, or beyond all reason.</summary>
    public long? Size => Number(_block.Slice(124, 12)) is <= MaxSize and var size ? size : null;

    /// <summary>GNU's sparse files: their length with the holes.</summary>
    public long? RealSize => Number(_block.Slice(483, 12));

    public bool HasMoreSparse => _block[482] != 0;

    public ReadOnlySpan<byte> SparseEntries => _block.Slice(386, 4 * SparseEntryBytes);

    /// <summary>Adds what one list of sparse entries says; an empty entry ends it. What is no number becomes a negative one.</summary>
    public static void AddSparseEntries(ReadOnlySpan<byte> entries, List<(long Start, long Length)> segments)
    {
        for (; entries.Length >= SparseEntryBytes && entries[12] != 0; entries = entries[SparseEntryBytes..])
            segments.Add((Number(entries[..12]) ?? -1, Number(entries.Slice(12, 12)) ?? -1));
    }

    private static string Text(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? field : field[..end]);
    }

    // Fields of eight bytes hold one of seven, those of twelve one of eleven.
    private static long? Large(ReadOnlySpan<byte> bytes)
    {
        long value = 0;
        foreach (var next in bytes)
        {
            if (value > long.MaxValue >> 8)
                return null;
            value = (value << 8) | next;
        }
        return value;
    }

    /// <summary>Octal digits among blanks and zeros; or, with the highest bit set, a number in base 256.</summary>
    private static long? Number(ReadOnlySpan<byte> field)
    {
        if ((field[0] & 0x80) != 0)
            return field[0] == 0x80 ? Large(field[1..]) : null;
        var digits = field.Trim(" \0"u8);
        // Whatever stands behind the first end is not meant.
        if (digits.IndexOfAny((byte)' ', (byte)0) is >= 0 and var end)
            digits = digits[..end];
        long value = 0;
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'7')
                return null;
            value = (value << 3) | (uint)(digit - '0');
        }
        return value;
    }
}
