namespace TransferEngine.Registry.Tests;

public sealed class RecentlyUsedTests
{
    [Fact]
    public void Where_there_is_no_room_the_one_goes_that_was_not_used_for_the_longest_time()
    {
        var entries = new RecentlyUsed<string, string>(3);
        foreach (var key in new[] { "a", "b", "c" })
            entries.Set(key, key);
        Assert.True(entries.TryGet("a", out _));
        Assert.Equal("b", entries.GetOrAdd("b", () => "new"));
        entries.Set("d", "d");
        Assert.False(entries.TryGet("c", out _));
        Assert.Equal("a", entries.GetOrAdd("a", () => "new"));
        Assert.Equal(3, entries.Count);
        entries.Set("a", "again");
        Assert.True(entries.TryGet("a", out var value));
        Assert.Equal(("again", 3), (value, entries.Count));
    }

    [Fact]
    public void An_entry_is_removed_only_as_the_one_that_it_was()
    {
        var entries = new RecentlyUsed<int, object>(2);
        var (first, second) = (new object(), new object());
        entries.Set(1, second);
        entries.Remove(1, first);
        Assert.Equal(1, entries.Count);
        entries.Remove(1, second);
        Assert.Equal(0, entries.Count);
    }

    [Fact]
    public void What_is_useless_goes_from_the_oldest_on_as_far_as_it_is()
    {
        var entries = new RecentlyUsed<int, string>(5);
        foreach (var (key, value) in new[] { (1, "old"), (2, "old"), (3, "new"), (4, "old") })
            entries.Set(key, value);
        entries.RemoveOldestWhile(value => value == "old");
        Assert.Equal(2, entries.Count);
        Assert.True(entries.TryGet(3, out _));
    }
}
