using FsCheck;
using FsCheck.Fluent;
using TransferEngine.Cli.Wording;
using Xunit;

namespace TransferEngine.Cli.Tests.Wording;

public sealed class ByteTextTests
{
    [Theory]
    [InlineData("50MiB", 50 * 1024 * 1024)]
    [InlineData("10M", 10 * 1024 * 1024)]
    [InlineData("8MB", 8_000_000)]
    [InlineData("8 MB/s", 8_000_000)]
    [InlineData("1000000", 1_000_000)]
    [InlineData("1.5K", 1536)]
    [InlineData("0", 0)]
    public void A_rate_is_read_with_its_unit(string text, long bytesPerSecond)
    {
        Assert.True(ByteText.TryParseRate(text, out var parsed));
        Assert.Equal(bytesPerSecond, parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("fast")]
    [InlineData("-1M")]
    [InlineData("-5")]
    [InlineData("10 parsecs")]
    [InlineData("99999999999999999999")]
    [InlineData("9999999999T")]
    public void What_is_no_rate_is_refused(string text) => Assert.False(ByteText.TryParseRate(text, out _));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1024, "1.0 KiB")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(1024 * 1024 - 1, "1.0 MiB")]
    [InlineData(5L * 1024 * 1024 * 1024, "5.0 GiB")]
    public void Bytes_are_shown_in_the_unit_that_fits(long bytes, string text) => Assert.Equal(text, ByteText.Of(bytes));

    [Fact]
    public void No_number_of_bytes_is_shown_with_more_than_four_digits_before_the_point() => Prop.ForAll<long>(bytes =>
    {
        var whole = ByteText.Of(Math.Abs(bytes / 2.0)).Split('.', ' ')[0];
        return whole.Length <= 4;
    }).QuickCheckThrowOnFailure();
}
