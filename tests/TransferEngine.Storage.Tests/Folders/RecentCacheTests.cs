using TransferEngine.Storage.Folders;

namespace TransferEngine.Storage.Tests.Folders;

public sealed class RecentCacheTests
{
    [Fact]
    public async Task What_is_made_while_something_changes_is_not_kept()
    {
        var looking = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var folders = new List<string>();
        var cache = new RecentCache<string, List<string>>(8, _ =>
        {
            List<string> seen = [.. folders];
            looking.TrySetResult();
            changed.Task.GetAwaiter().GetResult();
            return seen;
        });
        var early = Task.Run(() => cache.Get("a"));
        await looking.Task;
        folders.Add("v1");
        cache.Change("a", known => known.Add("v1"));
        changed.SetResult();
        Assert.Empty(await early);
        Assert.Equal(["v1"], cache.Get("a"));
    }

    [Fact]
    public void A_change_is_taken_into_what_is_remembered_and_into_nothing_else()
    {
        var cache = new RecentCache<string, List<string>>(8, _ => []);
        cache.Change("a", _ => Assert.Fail("Nobody has asked for it."));
        cache.Get("a");
        cache.Change("a", known => known.Add("v1"));
        Assert.Equal(["v1"], cache.Get("a"));
    }
}
