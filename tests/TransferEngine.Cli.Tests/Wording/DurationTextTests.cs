using TransferEngine.Cli.Wording;
using Xunit;

namespace TransferEngine.Cli.Tests.Wording;

public sealed class DurationTextTests
{
    [Theory]
    [InlineData(0.04, "0.0 s")]
    [InlineData(4.12, "4.1 s")]
    [InlineData(9.96, "10 s")]
    [InlineData(59.6, "1 min 00 s")]
    [InlineData(200, "3 min 20 s")]
    [InlineData(3599.7, "1 h 00 min")]
    [InlineData(7500, "2 h 05 min")]
    [InlineData(273_600, "3 d 04 h")]
    public void A_time_is_shown_with_its_two_largest_units(double seconds, string text) =>
        Assert.Equal(text, DurationText.Of(TimeSpan.FromSeconds(seconds)));
}
