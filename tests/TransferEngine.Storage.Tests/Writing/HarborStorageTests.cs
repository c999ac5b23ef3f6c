using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Tests.Writing;

/// <summary>Trees that are a Harbor's.</summary>
public sealed class HarborStorageTests : TreeTargetTest
{
    [Fact]
    public async Task A_tree_in_Harbors_data_volume_is_refused_unless_it_is_said_to_be_a_1_x()
    {
        var volume = InFolder("data");
        foreach (var sibling in new[] { "database", "redis", "job_logs" })
            Directory.CreateDirectory(Path.Join(volume, sibling));
        await using (var target = RegistryTreeTarget.Open(Path.Join(volume, "registry")))
        {
            var failure = await Assert.ThrowsAsync<TransferException>(() => TakeAsync(target, App, Blob("layer")));
            Assert.Equal((ErrorCode.TargetUnwritable, ErrorScope.Endpoint), (failure.Error.Code, failure.Error.Scope));
            Assert.Contains("harbor://", failure.Error.Hint, StringComparison.Ordinal);
            Assert.False(Directory.Exists(Path.Join(volume, "registry")));
        }
        await using var told = RegistryTreeTarget.Open(Path.Join(volume, "registry"), new() { IsHarbor1 = true });
        Assert.True(await TakeAsync(told, App, Blob("layer")));
        Assert.Contains("syncregistry", Assert.Single(told.Notes), StringComparison.Ordinal);
    }

    /// <summary>Only root may give files away; others are told so.</summary>
    [Fact]
    public async Task A_tree_given_to_Harbors_user_is_told_for_which_Harbor_it_is()
    {
        await using var target = Open(new() { Owner = new FileOwner(10000, 10000) });
        if (!Environment.IsPrivilegedProcess)
        {
            await Assert.ThrowsAsync<TransferException>(() => TakeAsync(target, App, Blob("layer")));
            return;
        }
        await TakeAsync(target, App, Blob("layer"));
        Assert.Contains(target.Notes, note => note.Contains("Harbor 1.x", StringComparison.Ordinal));
        Assert.Contains(target.Notes, note => note.Contains("Harbor 2.x", StringComparison.Ordinal));
    }
}
