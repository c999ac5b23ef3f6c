using TransferEngine.Images;
using Xunit;

namespace TransferEngine.Tests.Migrations;

/// <summary>What refers to an image goes with it, however much that is.</summary>
public sealed class ReferrerTests : IAsyncLifetime
{
    private readonly Migration _migration = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _migration.DisposeAsync();

    [Fact]
    public async Task An_image_with_thousands_of_referrers_arrives_with_all_of_them()
    {
        var image = _migration.Source.AddImage("a", "v1", "layer");
        var padding = new string(' ', 1000);
        var referrers = Enumerable.Range(0, 1_500).Select(i => _migration.Source.AddReferrer("a", image, $"{i}{padding}")).ToList();
        Assert.True((await _migration.RunAsync()).IsChecked);
        Assert.All(referrers, digest => Assert.True(_migration.Target.Has("a", digest)));
    }

    [Theory]
    [InlineData(8, true)]
    [InlineData(9, false)]
    public async Task Indexes_in_indexes_end_somewhere(int depth, bool isTaken)
    {
        var digest = _migration.Source.AddImage("a", null, "layer");
        for (var i = 1; i <= depth; i++)
            digest = _migration.Source.AddIndex("a", i == depth ? "v1" : null, digest);
        _migration.Source.AddImage("a", "sound", "other");
        await _migration.RunAsync();
        Assert.Equal(isTaken ? null : ErrorCode.IndexTooDeep, _migration.Result("a:v1").Error?.Code);
        Assert.Equal(ImageOutcome.Migrated, _migration.Result("a:sound").Outcome);
    }

    [Fact]
    public async Task A_manifest_that_many_share_is_put_once_by_digest_and_never_while_an_index_that_names_it_is()
    {
        var child = _migration.Source.AddImage("a", "child", "layer");
        for (var i = 0; i < 12; i++)
            _migration.Source.AddIndex("a", $"v{i}", child, _migration.Source.AddImage("a", null, $"own {i}"));
        // Any tag of the child is one more PUT of the same manifest.
        for (var i = 0; i < 12; i++)
            _migration.Source.AddTag("a", $"child{i}", child);
        _migration.Source.AddReferrer("a", child, "signature");
        var underWay = 0;
        var collisions = 0;
        var indexes = Enumerable.Range(0, 12).Select(i => $"PUT-MANIFEST a v{i}").ToHashSet(StringComparer.Ordinal);
        _migration.Target.Before = async (request, _) =>
        {
            var isChild = request.StartsWith("PUT-MANIFEST a child", StringComparison.Ordinal) || request == $"PUT-MANIFEST a {child}";
            if (!isChild && !indexes.Contains(request))
                return;
            if (Interlocked.Increment(ref underWay) > 1)
                Interlocked.Increment(ref collisions);
            await Task.Yield();
            Interlocked.Decrement(ref underWay);
        };
        var report = await _migration.RunAsync(job => job with { Untagged = true });
        Assert.Empty(_migration.Results.Where(result => result.Error is not null).Select(result => $"{result.Display} {result.Error}"));
        Assert.True(report.IsChecked);
        Assert.Equal(0, collisions);
        Assert.InRange(_migration.Target.Requests.Count(request => request == $"PUT-MANIFEST a {child}"), 0, 1);
    }
}
