using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace TransferEngine.Storage.Tars;

/// <summary>
/// What a PAX extended header says of the member behind it (POSIX.1-2017, pax, "pax Extended Header"), and GNU tar's records of sparse
/// files in it (its manual, "PAX Format": versions 0.0, 0.1 and 1.0).
/// </summary>
internal sealed class PaxRecords
{
    private long? _sparseStart;

    public string? Path { get; private set; }

    public string? LinkPath { get; private set; }

    public long? Size { get; private set; }

    public string? SparseName { get; private set; }

    /// <summary>A sparse file's length with its holes.</summary>
    public long? SparseSize { get; private set; }

    public List<(long Start, long Length)> Segments { get; } = [];

    /// <summary>The list of segments stands at the head of the content (version 1.0).</summary>
    public bool HasMapInContent { get; private set; }

    /// <exception cref="FormatException">The records can't be parted, or hold no numbers where they should.</exception>
    public static PaxRecords Parse(ReadOnlySpan<byte> bytes)
    {
        var records = new PaxRecords();
        // LENGTH BLANK KEY=VALUE NEWLINE, where the length counts all of it.
        while (bytes.Length > 0 && bytes[0] != 0)
        {
            if (!Utf8Parser.TryParse(bytes, out int length, out var digits) || length <= digits + 1 || length > bytes.Length || bytes[digits] != ' ' || bytes[length - 1] != '\n')
                throw new FormatException("A PAX record has a wrong length.");
            var record = bytes[(digits + 1)..(length - 1)];
            var equals = record.IndexOf((byte)'=');
            if (equals < 0)
                throw new FormatException("A PAX record has no value.");
            records.Take(Encoding.UTF8.GetString(record[..equals]), Encoding.UTF8.GetString(record[(equals + 1)..]));
            bytes = bytes[length..];
        }
        return records;
    }

    private void Take(string key, string value)
    {
        switch (key)
        {
            case "path":
                Path = value;
                break;
            case "linkpath":
                LinkPath = value;
                break;
            case "size":
                Size = Number(value);
                break;
            case "GNU.sparse.name":
                SparseName = value;
                break;
            case "GNU.sparse.size" or "GNU.sparse.realsize":
                SparseSize = Number(value);
                break;
            case "GNU.sparse.major":
                HasMapInContent = Number(value) == 1;
                break;
            case "GNU.sparse.offset":
                _sparseStart = Number(value);
                break;
            case "GNU.sparse.numbytes":
                Segments.Add((_sparseStart ?? throw new FormatException("A segment has no start."), Number(value)));
                break;
            case "GNU.sparse.map":
                var numbers = value.Split(',');
                for (var i = 0; i + 1 < numbers.Length; i += 2)
                    Segments.Add((Number(numbers[i]), Number(numbers[i + 1])));
                break;
        }
    }

    private static long Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= TarHeader.MaxSize ? number : throw new FormatException("A PAX record holds no number.");
}
