using TransferEngine.Storage.Tars;

namespace TransferEngine.Storage.Tests.Tars;

public sealed class TarHeaderTests
{
    [Fact]
    public void A_checksum_in_base_256_counts_and_a_wrong_one_does_not()
    {
        var block = new byte[512];
        block[0] = (byte)'a';
        // The field counts as eight blanks.
        var sum = 'a' + (8 * ' ');
        (block[148], block[154], block[155]) = (0x80, (byte)(sum >> 8), (byte)sum);
        Assert.True(new TarHeader(block).IsSound);
        block[155]++;
        Assert.False(new TarHeader(block).IsSound);
    }

    [Theory]
    [InlineData(new byte[] { 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2 }, 258L)]
    [InlineData(new byte[] { 0x80, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0 }, 1L << 60)]
    [InlineData(new byte[] { 0x80, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 1 }, null)]
    [InlineData(new byte[] { 0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, null)]
    [InlineData(new byte[] { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, null)]
    public void A_size_in_base_256_is_a_number_up_to_an_exabyte(byte[] field, long? size)
    {
        var block = new byte[512];
        field.CopyTo(block, 124);
        Assert.Equal(size, new TarHeader(block).Size);
    }
}
