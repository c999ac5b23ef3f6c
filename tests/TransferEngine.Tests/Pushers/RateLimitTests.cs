using Microsoft.Extensions.Time.Testing;
using TransferEngine.Pushers;
using Xunit;

namespace TransferEngine.Tests.Pushers;

public sealed class RateLimitTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void All_pushers_together_keep_to_the_pace()
    {
        var rate = new RateLimit(1000, _time);
        var first = Wait(rate, 500);
        var second = Wait(rate, 500);
        var third = Wait(rate, 1);
        Assert.Equal((true, false, false), (first.IsCompleted, second.IsCompleted, third.IsCompleted));
        _time.Advance(TimeSpan.FromMilliseconds(499));
        Assert.False(second.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal((true, false), (second.IsCompleted, third.IsCompleted));
        _time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.True(third.IsCompleted);
    }

    [Fact]
    public void What_was_not_used_is_not_saved_up()
    {
        var rate = new RateLimit(1000, _time);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.True(Wait(rate, 1000).IsCompleted);
        Assert.False(Wait(rate, 1).IsCompleted);
    }

    [Fact]
    public void Without_a_limit_nobody_waits()
    {
        var rate = new RateLimit(0, _time);
        Assert.Equal(int.MaxValue, rate.MaxPiece);
        Assert.True(Wait(rate, int.MaxValue).IsCompleted);
        Assert.True(Wait(rate, int.MaxValue).IsCompleted);
    }

    private static Task Wait(RateLimit rate, int bytes) => rate.WaitAsync(bytes, CancellationToken.None).AsTask();
}
