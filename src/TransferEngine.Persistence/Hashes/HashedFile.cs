using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using TransferEngine.Images;

namespace TransferEngine.Persistence;

/// <summary>Which file, and by which algorithm: what is kept of it is found by this.</summary>
internal readonly record struct HashedFileKey(ulong Device, ulong Inode, string Algorithm);

/// <summary>What a file was found to hold.</summary>
/// <param name="Length">Bytes of it then.</param>
/// <param name="ModifiedAt">When its content was last changed then, in nanoseconds since 1970.</param>
/// <param name="Digest">What it held.</param>
/// <param name="UsedOn">The day, counted from 1970, on which it was last asked for.</param>
internal readonly record struct HashedFile(long Length, long ModifiedAt, Digest Digest, long UsedOn)
{
    /// <summary>
    /// A checksum over all that is believed. SQLite notices a damaged page only where the damage lies in its own marks; a digest that a
    /// bit fell out of would have a sound blob called damaged.
    /// </summary>
    public long SealOf(HashedFileKey key)
    {
        Span<byte> facts = stackalloc byte[32];
        BinaryPrimitives.WriteUInt64LittleEndian(facts, key.Device);
        BinaryPrimitives.WriteUInt64LittleEndian(facts[8..], key.Inode);
        BinaryPrimitives.WriteInt64LittleEndian(facts[16..], Length);
        BinaryPrimitives.WriteInt64LittleEndian(facts[24..], ModifiedAt);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData([.. facts, .. Encoding.ASCII.GetBytes(Digest.ToString())], hash);
        return BinaryPrimitives.ReadInt64LittleEndian(hash);
    }
}
