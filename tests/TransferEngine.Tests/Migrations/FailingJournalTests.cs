using TransferEngine.Images;
using TransferEngine.TestKit.Memory;
using TransferEngine.Tests.Running;
using Xunit;

namespace TransferEngine.Tests.Migrations;

/// <summary>A run whose journal fails says so and ends; it neither hangs nor calls itself complete.</summary>
public sealed class FailingJournalTests
{
    private readonly MemorySource _source = new();
    private readonly MemoryTarget _target = new();

    [Theory]
    [InlineData("job/migration", 0)]
    [InlineData("job/migration", 2)]
    [InlineData("job/blobs/0", 0)]
    [InlineData("job/blobs/0", 3)]
    [InlineData("job/repository/a", 0)]
    [InlineData("job/repository/a", 4)]
    public async Task Whoever_can_not_write_stops_and_nothing_is_complete(string id, int written)
    {
        for (var i = 0; i < 20; i++)
        {
            _source.AddImage("a", $"v{i}", $"layer {i}");
            _source.AddImage("b", $"v{i}", $"layer {i}");
        }
        var options = new EngineOptions { RepositoryBackoff = TimeSpan.FromMilliseconds(1), RepositoryRetries = 1 };
        await using var jobs = new MemoryJobs(FailingJournal.Of(id, written));
        var engine = new MigrationEngine(options, jobs, jobs, TimeProvider.System);
        var report = await engine.MigrateAsync(new MigrationJob(_source, _target) { Name = "job" }, NullObserver.Instance, CancellationToken.None)
            .WaitAsync(TimeSpan.FromMinutes(2));

        Assert.False(report.IsComplete);
        if (id != "job/repository/a")
            Assert.Equal(ErrorCode.JournalFailed, report.Fatal?.Code);
    }

    [Fact]
    public async Task A_journal_that_can_not_be_read_is_named_as_what_ended_the_run()
    {
        _source.AddImage("a", "v1", "layer");
        await using var jobs = new MemoryJobs(FailingJournal.Of("job/migration", 0, failsReads: true));
        var engine = new MigrationEngine(new EngineOptions(), jobs, jobs, TimeProvider.System);
        var report = await engine.MigrateAsync(new MigrationJob(_source, _target) { Name = "job" }, NullObserver.Instance, CancellationToken.None)
            .WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal((ErrorCode.JournalFailed, false), (report.Fatal?.Code, report.IsComplete));
    }

    [Fact]
    public async Task An_image_is_counted_once_though_its_repository_is_opened_again_after_it_was_reported()
    {
        _source.AddDamaged("a", "bad", ErrorCode.TagLinkEmpty);
        for (var i = 0; i < 20; i++)
            _source.AddImage("a", $"v{i}", $"layer {i}");
        var options = new EngineOptions { RepositoryBackoff = TimeSpan.FromMilliseconds(1) };
        await using var jobs = new MemoryJobs(FailingJournal.Of("job/repository/a", 0, failures: 1));
        var engine = new MigrationEngine(options, jobs, jobs, TimeProvider.System);
        var report = await engine.MigrateAsync(new MigrationJob(_source, _target) { Name = "job" }, NullObserver.Instance, CancellationToken.None)
            .WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Equal((21L, 1L), (report.Totals.Images, report.Totals.Failed));
    }

    [Fact]
    public async Task Nobody_hears_of_an_image_before_it_is_on_record()
    {
        _source.AddImage("a", "v1", "layer");
        await using var jobs = new MemoryJobs(FailingJournal.Of("job/repository/a", 0));
        var engine = new MigrationEngine(new EngineOptions { RepositoryRetries = 0 }, jobs, jobs, TimeProvider.System);
        var report = await engine.MigrateAsync(new MigrationJob(_source, _target) { Name = "job" }, NullObserver.Instance, CancellationToken.None)
            .WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Equal((0L, 1L), (report.Totals.Migrated, report.Totals.Failed));
    }

    [Fact]
    public async Task A_repository_that_is_opened_again_looks_for_what_it_brought_before_it_brings_it_once_more()
    {
        _source.AddImage("a", "v1", "shared");
        _source.AddReferrer("b", _source.AddImage("b", "v1", "shared", "own"), "signature");
        _target.Mount = () => new MountResult(false, null);
        // What is on record of a repository without a tag: the signature, behind which the first try ends.
        var tags = 0;
        _target.Before = (request, _) => request == "PUT-MANIFEST b v1" && ++tags == 1
            ? throw new TransferException(new TransferError(ErrorCode.TargetRejected, "no"))
            : Task.CompletedTask;
        var options = new EngineOptions { RepositoryBackoff = TimeSpan.FromMilliseconds(1), OpenRepositories = 1 };
        await using var jobs = new MemoryJobs(FailingJournal.Of("job/repository/b", 0, failures: 1));
        var engine = new MigrationEngine(options, jobs, jobs, TimeProvider.System);
        var report = await engine.MigrateAsync(new MigrationJob(_source, _target) { Name = "job" }, NullObserver.Instance, CancellationToken.None)
            .WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Equal((2L, 2), (report.Totals.Migrated, tags));
        Assert.Equal(2, _target.Requests.Count(request => request == $"PUT-BLOB a {Shared}" || request == $"PUT-BLOB b {Shared}"));
    }

    private static Digest Shared => Digest.OfSha256("shared"u8);
}
