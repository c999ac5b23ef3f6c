using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using TransferEngine.Images;

namespace TransferEngine.Blobs;

/// <summary>
/// Locations by digest, kept small: the one thing of a run that grows with the number of distinct blobs, since each may be asked for until
/// the end. Some 60 bytes a blob, where digest and name as text would take some 300.
/// </summary>
internal sealed class BlobLocations
{
    private readonly record struct Key(ulong A, ulong B, ulong C, ulong D);

    private const long Untold = -1;

    private readonly record struct Entry(long Length, int Repository, bool IsSure, bool WasThere);

    private readonly Dictionary<Key, Entry> _entries = [];
    private readonly Dictionary<RepositoryName, int> _numbers = [];
    private readonly List<RepositoryName> _repositories = [];

    public BlobLocation? this[Digest digest]
    {
        get => _entries.TryGetValue(KeyOf(digest), out var entry) ? LocationOf(entry) : null;
        set
        {
            if (value is { } location)
                _entries[KeyOf(digest)] = new Entry(location.Length ?? Untold, NumberOf(location.Repository), location.IsSure, location.WasThere);
            else
                _entries.Remove(KeyOf(digest));
        }
    }

    private BlobLocation LocationOf(Entry entry) =>
        new(_repositories[entry.Repository], entry.IsSure, entry.WasThere, entry.Length == Untold ? null : entry.Length);

    private int NumberOf(RepositoryName repository)
    {
        if (!_numbers.TryGetValue(repository, out var number))
        {
            _numbers.Add(repository, number = _repositories.Count);
            _repositories.Add(repository);
        }
        return number;
    }

    // A sha256 is its own key. Of longer ones, the sha256 of their text: as unlikely to be met twice.
    private static Key KeyOf(Digest digest)
    {
        Span<byte> bytes = stackalloc byte[32];
        if (digest.Algorithm == "sha256")
            Convert.FromHexString(digest.Hex, bytes, out _, out _);
        else
            SHA256.HashData(Encoding.ASCII.GetBytes(digest.ToString()), bytes);
        return new Key(
            BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]), BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]));
    }
}
