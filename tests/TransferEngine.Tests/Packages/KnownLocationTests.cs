using System.Text;
using TransferEngine.Images;
using TransferEngine.Tests.Migrations;
using Xunit;

namespace TransferEngine.Tests.Packages;

/// <summary>Blobs that somebody saw in the target before the run.</summary>
public sealed class KnownLocationTests : IAsyncLifetime
{
    private readonly Migration _migration = new();

    private static readonly RepositoryName Elsewhere = RepositoryName.Parse("elsewhere");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _migration.DisposeAsync();

    [Fact]
    public async Task A_blob_is_mounted_from_there_though_the_source_does_not_hold_it()
    {
        var image = _migration.Source.AddImage("a", "v1", "base", "own");
        var missing = _migration.Source.AddBlob("base").Digest;
        _migration.Target.Put(Elsewhere, missing, Encoding.UTF8.GetBytes("base"));
        _migration.Source.Blobs.Remove(missing);

        var report = await _migration.RunAsync(job => job with { KnownLocations = new Dictionary<Digest, RepositoryName> { [missing] = Elsewhere } });
        Assert.True(report.IsComplete);
        Assert.Equal(image, _migration.Target.TagOf("a", "v1"));
        Assert.Equal((1, 2), (_migration.Target.Count("MOUNT"), _migration.Target.Count("PUT-BLOB")));
    }

    [Fact]
    public async Task Where_the_target_refuses_the_mount_the_source_is_asked()
    {
        var image = _migration.Source.AddImage("a", "v1", "base");
        var known = _migration.Source.AddBlob("base").Digest;
        var report = await _migration.RunAsync(job => job with { KnownLocations = new Dictionary<Digest, RepositoryName> { [known] = Elsewhere } });
        Assert.True(report.IsComplete);
        Assert.Equal(image, _migration.Target.TagOf("a", "v1"));
        Assert.Equal(2, _migration.Target.Count("PUT-BLOB"));
    }
}
