using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace TransferEngine.Storage.DockerArchives;

/// <summary>
/// A regular file's header in a tar (POSIX.1-1988 "ustar"), made by hand because it is written after the content, over a placeholder:
/// neither name nor size is known before. Sizes from 8 GiB on are binary, as GNU tar and all its readers of today have them.
/// </summary>
internal static class MemberHeader
{
    public const int Size = 512;

    private const long MaxOctal = 0x1_FFFF_FFFF;

    /// <param name="name">ASCII, at most 100 characters.</param>
    /// <param name="length">Bytes of the content.</param>
    public static byte[] Of(string name, long length)
    {
        var header = new byte[Size];
        Text(header, 0, name);
        Text(header, 100, "0000644");
        Text(header, 108, "0000000");
        Text(header, 116, "0000000");
        if (length <= MaxOctal)
            Text(header, 124, Convert.ToString(length, 8).PadLeft(11, '0'));
        else
        {
            header[124] = 0x80;
            BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(128), length);
        }
        Text(header, 136, "00000000000");
        header[156] = (byte)'0';
        Text(header, 257, "ustar\0" + "00");
        header.AsSpan(148, 8).Fill((byte)' ');
        var sum = header.Sum(value => value);
        Text(header, 148, string.Create(CultureInfo.InvariantCulture, $"{Convert.ToString(sum, 8).PadLeft(6, '0')}\0"));
        return header;
    }

    private static void Text(byte[] header, int offset, string text) => Encoding.ASCII.GetBytes(text).CopyTo(header, offset);
}
