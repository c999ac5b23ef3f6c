namespace TransferEngine.Images.Tests;

public sealed class KeyedTurnsTests
{
    [Fact]
    public async Task One_at_a_time_has_a_key_s_turn_and_nothing_stays_of_it_afterwards()
    {
        var turns = new KeyedTurns<int>();
        var first = await turns.EnterAsync(1, CancellationToken.None);
        var second = turns.EnterAsync(1, CancellationToken.None);
        using (await turns.EnterAsync(2, CancellationToken.None))
            Assert.False(second.IsCompleted);
        Assert.Equal(1, turns.Count);
        first.Dispose();
        (await second).Dispose();
        Assert.Equal(0, turns.Count);
    }

    [Fact]
    public async Task Whoever_gives_up_waiting_leaves_nothing_behind()
    {
        var turns = new KeyedTurns<int>();
        using var stop = new CancellationTokenSource();
        var first = await turns.EnterAsync(1, CancellationToken.None);
        var second = turns.EnterAsync(1, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        first.Dispose();
        Assert.Equal(0, turns.Count);
    }
}
