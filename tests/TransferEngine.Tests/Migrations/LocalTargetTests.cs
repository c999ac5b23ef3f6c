using TransferEngine.Images;
using Xunit;

namespace TransferEngine.Tests.Migrations;

/// <summary>Into a target at which a look costs no request: a run believes nothing of it, and looks for all.</summary>
public sealed class LocalTargetTests : IAsyncLifetime
{
    private readonly Migration _migration = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _migration.DisposeAsync();

    [Fact]
    public async Task What_is_there_is_looked_for_once_in_each_repository_and_counted()
    {
        AddImages();
        await RunAsync();
        _migration.Target.Requests.Clear();
        var report = await RunAsync();

        Assert.Equal((true, 6L, 0L), (report.IsComplete, report.Totals.AlreadyThere, report.Totals.BlobsUploaded + report.Totals.BlobsMounted));
        var looked = _migration.Target.Requests.Where(request => request.StartsWith("HEAD-BLOB ", StringComparison.Ordinal)).ToList();
        Assert.Equal(looked.Distinct().Order(), looked.Order());
        Assert.Equal(looked.Count, report.Totals.BlobsAlreadyThere);
        Assert.True(looked.Count > 6);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_one_repository_lost_is_brought_from_one_that_was_found_to_have_it(bool restart)
    {
        AddImages();
        await RunAsync();
        // One after the other: the second one needs what was found in the first.
        _migration.Options.OpenRepositories = 1;
        _migration.Target.Lose("r1", _migration.Source.AddBlob("shared").Digest);
        var report = await RunAsync(restart);

        Assert.True(report.IsComplete);
        Assert.Equal((0L, 1L), (report.Totals.BlobsUploaded, report.Totals.BlobsMounted));
        Assert.True(_migration.Target.Has("r1", _migration.Source.AddBlob("shared").Digest));
    }

    [Fact]
    public async Task A_blob_of_another_length_than_the_source_has_is_not_taken_for_there()
    {
        AddImages();
        await RunAsync();
        var blob = _migration.Source.AddBlob("own 0 0").Digest;
        _migration.Target.Put(RepositoryName.Parse("r0"), blob, "cut"u8.ToArray());
        var report = await RunAsync();

        Assert.Equal((true, 1L), (report.IsComplete, report.Totals.BlobsUploaded));
    }

    [Fact]
    public async Task What_can_not_be_looked_for_fails_its_images_in_the_target_s_own_words()
    {
        AddImages();
        await RunAsync();
        var blob = _migration.Source.AddBlob("own 0 0").Digest;
        _migration.Unverified = "The target can't be looked at there.";
        _migration.Target.Before = (request, _) => request == $"HEAD-BLOB r0 {blob}"
            ? throw new TransferException(new TransferError(ErrorCode.TargetUnwritable, "a bad sector") { Scope = ErrorScope.Blob })
            : Task.CompletedTask;
        var report = await RunAsync();

        Assert.Equal((1L, 5L), (report.Totals.Failed, report.Totals.AlreadyThere));
        Assert.Equal("a bad sector", _migration.Result("r0:v0").Error?.Message);
    }

    [Fact]
    public async Task What_nobody_expected_of_a_look_is_told_as_well()
    {
        AddImages();
        await RunAsync();
        var blob = _migration.Source.AddBlob("own 0 0").Digest;
        _migration.Unverified = "The target can't be looked at there.";
        _migration.Target.Before = (request, _) => request == $"HEAD-BLOB r0 {blob}" ? throw new InvalidCastException("a fault of ours") : Task.CompletedTask;
        var report = await RunAsync();

        Assert.Equal((1L, 5L), (report.Totals.Failed, report.Totals.AlreadyThere));
        Assert.Equal(ErrorCode.Internal, _migration.Result("r0:v0").Error?.Code);
    }

    [Fact]
    public async Task Where_two_repositories_become_one_each_blob_counts_once()
    {
        _migration.Source.AddImage("x/app", "v1", "same");
        _migration.Source.AddImage("y/app", "v2", "same");
        await RunMergedAsync();
        var report = await RunMergedAsync();

        Assert.Equal((2L, 0L), (report.Totals.AlreadyThere, report.Totals.BlobsUploaded));
        Assert.Equal(_migration.Source.Blobs.Count, report.Totals.BlobsAlreadyThere);

        Task<MigrationReport> RunMergedAsync() => _migration.RunAsync(job => job with { Target = new Local(_migration.Target), Mapping = RepositoryMapping.Parse(["last=1"]) });
    }

    private void AddImages()
    {
        for (var i = 0; i < 6; i++)
            _migration.Source.AddImage($"r{i / 3}", $"v{i % 3}", "shared", $"own {i / 3} {i % 3}");
    }

    private Task<MigrationReport> RunAsync(bool restart = false) =>
        _migration.RunAsync(job => job with { Target = new Local(_migration.Target), Restart = restart });

    private sealed class Local(IImageTarget target) : DelegatingTarget
    {
        public override string? LocalPath => "/somewhere";

        protected override IImageTarget Inner => target;
    }
}
