using System.Diagnostics;
using Microsoft.Extensions.Logging;
using TransferEngine.Images;
using TransferEngine.Telemetry;
using TransferEngine.TestKit.Telemetry;
using Xunit;

namespace TransferEngine.Tests.Telemetry;

public sealed class LogTests : TelemetryTest
{
    [Fact]
    public async Task A_job_that_goes_well_has_a_beginning_and_an_end()
    {
        Migration.Source.AddImage("a", "v1", "one");
        await RunAsync();
        Assert.Equal([(LogLevel.Information, 1000), (LogLevel.Information, 1001)], Told());
        Assert.All(Migration.Log.Entries, entry => Assert.Equal(TransferTelemetry.LogCategory, entry.Category));
        Assert.Equal($"Job {Job} started: memory:source -> memory:target", Migration.Log.Entries[0].Text);
        Assert.EndsWith(": 1 images migrated, 0 already there, 0 skipped, 0 failed", Migration.Log.Entries[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_that_is_not_moved_is_told_with_its_reason()
    {
        Migration.Source.AddDamaged("a", "bad", ErrorCode.TagLinkEmpty);
        Migration.Source.AddManifest("a", "old", """{"schemaVersion":1,"name":"a","tag":"old","fsLayers":[]}""");
        await RunAsync();
        Assert.StartsWith($"Image a:bad of job {Job} failed: TAG_LINK_EMPTY: ", TextOf(1200), StringComparison.Ordinal);
        Assert.StartsWith($"Image a:old of job {Job} was skipped: SCHEMA1_UNSUPPORTED: ", TextOf(1201), StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_steers_a_terminal_is_written_out()
    {
        var log = new KeptLog();
        var error = new TransferError(ErrorCode.TagInvalid, "No tag is named \u001b[31mred.");
        TransferLog.ImageEnded(log.CreateLogger("x"), "job", new ImageResult("a", "\u001b[31mred", ImageOutcome.Failed, null, error));
        Assert.Equal(@"Image a:\u{1b}[31mred of job job failed: TAG_INVALID: No tag is named \u{1b}[31mred.", Assert.Single(log.Entries).Text);
    }

    [Fact]
    public async Task A_repository_is_told_when_it_is_opened_again_and_when_it_is_given_up()
    {
        Migration.Source.AddImage("bad", "v1", "two");
        Migration.Options.RepositoryRetries = 2;
        Migration.Source.Unlistable.Add(RepositoryName.Parse("bad"));
        await RunAsync();
        Assert.Equal(
            [
                (LogLevel.Information, 1000), (LogLevel.Warning, 1100), (LogLevel.Warning, 1100), (LogLevel.Warning, 1101), (LogLevel.Warning, 1200),
                (LogLevel.Information, 1001),
            ], Told());
        Assert.StartsWith($"Repository bad of job {Job} is given up: SOURCE_UNREADABLE: ", TextOf(1101), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_upload_that_is_taken_up_again_is_told_to_who_looks_closely()
    {
        Migration.Source.AddImage("a", "v1", "one");
        Fail("PUT-BLOB", 1, new TransferError(ErrorCode.ServerError, "status 500") { IsTransient = true });
        await RunAsync();
        Assert.Contains((LogLevel.Debug, 1300), Told());
        Assert.EndsWith("try 1: SERVER_ERROR: status 500", TextOf(1300), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_nobody_expected_is_told_with_where_it_came_from()
    {
        Migration.Source.AddImage("a", "v1", "one");
        Migration.Target.Before = (request, _) => request.StartsWith("HEAD", StringComparison.Ordinal) || request.StartsWith("TAGS", StringComparison.Ordinal)
            ? throw new InvalidCastException("a fault of ours") : Task.CompletedTask;
        Migration.Unverified = "Nothing of it was moved.";
        await RunAsync();
        var entry = Migration.Log.Entries.First(entry => entry.Event.Id == 1901);
        Assert.Equal(LogLevel.Error, entry.Level);
        Assert.Contains(nameof(What_nobody_expected_is_told_with_where_it_came_from), entry.Exception?.StackTrace, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_actor_that_fails_is_told_with_where_it_failed()
    {
        Migration.Source.AddImage("a", "v1", "one");
        var job = new MigrationJob(Migration.Source, new FaultyTarget(Migration.Target)) { Name = Job };
        using var traces = new Traces(TransferTelemetry.ActivitySourceName);
        Assert.False((await Migration.Engine.MigrateAsync(job, NullObserver.Instance, CancellationToken.None)).IsComplete);
        var entry = Migration.Log.Entries.First(entry => entry.Event.Id == 1900);
        Assert.Equal(LogLevel.Error, entry.Level);
        Assert.Contains(nameof(FaultyTarget), entry.Exception?.StackTrace, StringComparison.Ordinal);
        Assert.All(traces.Of(TelemetryKeys.Job, Job).Where(activity => activity.OperationName == TransferActivity.Repository),
            repository => Assert.Equal(ActivityStatusCode.Error, repository.Status));
    }

    [Fact]
    public async Task A_job_that_can_not_begin_is_told_as_failed()
    {
        Fail("CHECK", 1, new TransferError(ErrorCode.HostUnreachable, "nobody there") { Scope = ErrorScope.Endpoint });
        await Assert.ThrowsAsync<TransferException>(() => RunAsync());
        Assert.Equal([(LogLevel.Information, 1000), (LogLevel.Error, 1003)], Told());
        Assert.Equal($"Job {Job} failed: HOST_UNREACHABLE: nobody there", TextOf(1003));
    }

    // Asked for where its files are by a repository's actor itself.
    private sealed class FaultyTarget(IImageTarget inner) : DelegatingTarget
    {
        protected override IImageTarget Inner => inner;

        public override string? LocalPath => throw new InvalidCastException("a fault of ours");
    }

    private IEnumerable<(LogLevel, int)> Told() => Migration.Log.Entries.Select(entry => (entry.Level, entry.Event.Id));

    private string TextOf(int id) => Assert.Single(Migration.Log.Entries, entry => entry.Event.Id == id).Text;
}
