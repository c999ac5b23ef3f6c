using System.Text;
using TransferEngine.Images;

namespace TransferEngine.Storage.Tars;

/// <summary>
/// Reads an archive's headers, one member after the other: v7, ustar, PAX and GNU with their long names and sparse files. The framework's
/// reader refuses GNU's sparse files (<c>NotSupportedException</c>) and checks no checksums, so that damage passes for a header; this one
/// looks for the next sound one.
/// </summary>
internal sealed class TarMembers(TarInput input)
{
    // Names and lists of holes of any file system fit; a header that claims more is passed over.
    private const int MaxExtension = 1024 * 1024;

    // What is no archive at all is not searched to its end.
    private const long MaxLeadingGarbage = 1024 * 1024;

    private const int MaxTrailingLook = 1024 * 1024;

    private readonly byte[] _block = new byte[TarInput.BlockBytes];
    private long _next;
    private bool _isLost;

    /// <summary>Members handed out.</summary>
    public int Count { get; private set; }

    /// <summary>Why part of the archive could not be read; null if it is whole as far as it was read.</summary>
    public string? Damage { get; private set; }

    /// <summary>The next member; null at the end. Whatever of the content was not read is passed over.</summary>
    public TarMember? Next()
    {
        try
        {
            var member = ReadMember();
            Count += member is null ? 0 : 1;
            return member;
        }
        // How the framework's decompression, and a broken disk, tell of damage.
        catch (Exception e) when (e is EndOfStreamException or InvalidDataException or IOException)
        {
            Damage ??= e is EndOfStreamException ? $"It ends in the middle, after {Count} members." : $"It can't be read further than {Count} members: {Printable.Of(e.Message)}";
            return null;
        }
    }

    private TarMember? ReadMember()
    {
        string? name = null, linkName = null;
        PaxRecords? pax = null;
        while (ReadHeader())
        {
            var header = new TarHeader(_block);
            var size = header.Size!.Value;
            switch (header.Type)
            {
                case 'L':
                    name = ReadText(size) ?? name;
                    break;
                case 'K':
                    linkName = ReadText(size) ?? linkName;
                    break;
                case 'x' or 'X':
                    pax = ReadPax(size) ?? pax;
                    break;
                case 'g':
                    Behind(size);
                    break;
                default:
                    return Describe(header, name ?? pax?.SparseName ?? pax?.Path ?? header.Name, linkName ?? pax?.LinkPath ?? header.LinkName, pax?.Size ?? size, pax);
            }
        }
        return null;
    }

    private TarMember Describe(TarHeader header, string name, string linkName, long size, PaxRecords? pax)
    {
        // Before there was a type for folders, a slash at the end told them.
        var kind = header.Type switch
        {
            '0' or '\0' or '7' => name.EndsWith('/') ? TarMemberKind.Folder : TarMemberKind.File,
            'S' => TarMemberKind.File,
            '1' => TarMemberKind.HardLink,
            '2' => TarMemberKind.SymbolicLink,
            '5' or 'D' => TarMemberKind.Folder,
            _ => TarMemberKind.Other,
        };
        // Links, devices and folders have no content, whatever size they give; GNU's folders of incremental archives do.
        var stored = header.Type is >= '1' and <= '6' ? 0 : size;
        SparseMap? map = null;
        string? trouble = null;
        var end = input.Position + stored;
        try
        {
            if (header.Type == 'S')
            {
                map = ReadGnuMap(header);
                end = input.Position + stored;
            }
            else if (pax?.SparseSize is { } length && kind == TarMemberKind.File)
                map = SparseMap.Of(pax.HasMapInContent ? SparseMap.ReadFrom(input, stored) : pax.Segments, length);
            trouble = map?.Stored > Math.Max(end - input.Position, 0) ? "Its list of holes does not fit its content." : null;
        }
        catch (InvalidDataException e)
        {
            trouble = e.Message;
        }
        var offset = Math.Min(input.Position, end);
        _next = Math.Max(end + TarInput.Padding(stored), input.Position);
        if (kind == TarMemberKind.File && end - offset > input.Left)
            trouble = TarIndex.CutShort;
        return new TarMember(kind, name, linkName, offset, map is null ? stored : end - offset) { Sparse = trouble is null ? map : null, Trouble = trouble };
    }

    /// <summary>GNU's own sparse files: four parts in the header, more in blocks behind it, which its size does not count.</summary>
    private SparseMap ReadGnuMap(TarHeader header)
    {
        var segments = new List<(long, long)>();
        TarHeader.AddSparseEntries(header.SparseEntries, segments);
        for (var more = header.HasMoreSparse; more;)
        {
            var block = input.ReadExactly(TarInput.BlockBytes);
            if (segments.Count <= SparseMap.MaxSegments)
                TarHeader.AddSparseEntries(block.AsSpan(0, 504), segments);
            more = block[504] != 0;
        }
        return SparseMap.Of(segments, header.RealSize ?? -1);
    }

    /// <summary>Finds the next sound header; false at the end.</summary>
    private bool ReadHeader()
    {
        input.Skip(_next - input.Position);
        for (var garbage = 0L; ReadBlock(); garbage += _block.Length)
        {
            if (new TarHeader(_block).IsZero && !_isLost && IsEnd())
                return false;
            var header = new TarHeader(_block);
            // Without its magic, a block behind damage is more likely content than a header.
            if (header.IsSound && header.Size is not null && (header.HasMagic || !_isLost))
            {
                _isLost = false;
                return true;
            }
            Damage ??= $"There is a damaged header after {Count} members; what it describes is lost.";
            _isLost = true;
            if (Count == 0 && garbage >= MaxLeadingGarbage)
                return false;
        }
        return false;
    }

    private bool ReadBlock()
    {
        var read = input.Read(_block);
        _next = input.Position;
        if (read < _block.Length)
            Damage ??= read > 0 ? $"It ends in the middle of a header, after {Count} members." : $"It has no end mark, so it may have been cut short after {Count} members.";
        return read == _block.Length;
    }

    /// <summary>
    /// Two blocks of zeros end an archive. What stands behind them was perhaps meant to be read. If the second one is none, it is the
    /// block to go on with.
    /// </summary>
    private bool IsEnd()
    {
        if (input.Read(_block) == _block.Length && !new TarHeader(_block).IsZero)
        {
            _next = input.Position;
            Damage ??= $"There is a block of zeros after {Count} members.";
            return false;
        }
        var rest = new byte[(int)Math.Min(MaxTrailingLook, input.Left)];
        if (rest.AsSpan(0, input.Read(rest)).ContainsAnyExcept((byte)0))
            Damage ??= $"It goes on behind its end mark, after {Count} members; that was not read.";
        return true;
    }

    private byte[]? ReadExtension(long size)
    {
        Behind(size);
        if (size <= MaxExtension)
            return input.ReadExactly(size);
        Damage ??= $"There is an endless header after {Count} members; it was passed over.";
        return null;
    }

    private string? ReadText(long size) =>
        ReadExtension(size) is { } bytes ? Encoding.UTF8.GetString(bytes.AsSpan().TrimEnd((byte)0)) : null;

    private PaxRecords? ReadPax(long size)
    {
        try
        {
            return ReadExtension(size) is { } bytes ? PaxRecords.Parse(bytes) : null;
        }
        catch (FormatException)
        {
            Damage ??= $"There is a damaged PAX header after {Count} members.";
            return null;
        }
    }

    private void Behind(long size) => _next = input.Position + size + TarInput.Padding(size);
}
