using TransferEngine.Images;
using Xunit;

namespace TransferEngine.Tests.Telemetry;

public sealed class MetricsTests : TelemetryTest
{
    [Fact]
    public async Task Images_are_counted_by_outcome_and_blobs_by_how_they_came()
    {
        AddThreeImages();
        using var measurements = Measure();
        await RunAsync();

        var content = Migration.Source.Blobs.Values.Sum(blob => blob.Length);
        Assert.Equal(5, Migration.Source.Blobs.Count);
        Assert.Equal(
            [
                "transfer_engine.blob.content{transfer_engine.outcome=mounted} 6",
                $"transfer_engine.blob.content{{transfer_engine.outcome=uploaded}} {content}",
                "transfer_engine.blobs{transfer_engine.outcome=mounted} 1",
                "transfer_engine.blobs{transfer_engine.outcome=uploaded} 5",
                "transfer_engine.images{transfer_engine.outcome=failed,error.type=TAG_LINK_EMPTY} 1",
                "transfer_engine.images{transfer_engine.outcome=migrated} 2",
            ], measurements.Sums());
    }

    [Fact]
    public async Task What_is_there_already_is_counted_as_that()
    {
        AddThreeImages();
        await Migration.RunAsync();
        using var measurements = Measure();
        await RunAsync();

        var sums = measurements.Sums();
        Assert.Contains("transfer_engine.images{transfer_engine.outcome=already_there} 2", sums);
        Assert.Contains("transfer_engine.blobs{transfer_engine.outcome=already_there} 6", sums);
        Assert.DoesNotContain(sums, sum => sum.Contains("uploaded", StringComparison.Ordinal) || sum.Contains("mounted", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_that_was_taken_over_is_counted_as_that()
    {
        Migration.Source.AddImage("a", "v1", "one");
        foreach (var (digest, bytes) in Migration.Source.Blobs)
        {
            Migration.Source.Files[digest] = new BlobFile($"/blobs/{digest}", bytes.Length, new FileStamp(1, (ulong)Migration.Source.Files.Count, 1, 1));
            Migration.Target.Readable[$"/blobs/{digest}"] = bytes;
        }
        using var measurements = Measure();
        await RunAsync();
        Assert.Contains("transfer_engine.blobs{transfer_engine.outcome=taken} 2", measurements.Sums());
    }

    [Fact]
    public async Task Uploads_that_are_taken_up_again_are_counted_by_their_trouble()
    {
        Migration.Source.AddImage("a", "v1", "one");
        Fail("PUT-BLOB", 3, new TransferError(ErrorCode.ServerError, "500") { IsTransient = true });
        using var measurements = Measure();
        Assert.True((await RunAsync()).IsComplete);
        Assert.Contains("transfer_engine.blob.retries{error.type=SERVER_ERROR} 3", measurements.Sums());
    }

    [Fact]
    public async Task Repositories_that_are_opened_again_are_counted_by_their_trouble()
    {
        Migration.Source.AddImage("a", "v1", "one");
        Fail("TAGS", 1, new TransferError(ErrorCode.RequestTimedOut, "nothing came") { IsTransient = true, Scope = ErrorScope.Repository });
        using var measurements = Measure();
        Assert.True((await RunAsync()).IsComplete);
        Assert.Contains("transfer_engine.repository.retries{error.type=REQUEST_TIMED_OUT} 1", measurements.Sums());
    }

    [Fact]
    public async Task What_is_under_way_and_what_waits_can_be_read_while_the_job_runs_and_not_after_it()
    {
        (Migration.Options.Pushers, Migration.Options.Requests) = (2, 1);
        for (var repository = 0; repository < 3; repository++)
            Migration.Source.AddImage($"r{repository}", "v1", $"layer {repository}");
        using var measurements = Measure();
        var (go, allWait) = (new TaskCompletionSource(), new TaskCompletionSource());
        Migration.Target.Before = async (request, _) =>
        {
            if (!request.StartsWith("PUT-BLOB", StringComparison.Ordinal))
                return;
            allWait.TrySetResult();
            await go.Task;
        };
        var run = RunAsync();
        await allWait.Task;
        string[] expected =
        [
            "transfer_engine.active_requests{} 0",
            "transfer_engine.busy_pushers{} 2",
            "transfer_engine.open_repositories{} 3",
            // Three images have six blobs.
            "transfer_engine.waiting_pushes{} 4",
            "transfer_engine.waiting_requests{} 0",
        ];
        await EventuallyAsync(() => measurements.Observe().SequenceEqual(expected), () => string.Join('\n', measurements.Observe()));
        go.SetResult();
        await run;
        Assert.Empty(measurements.Observe());
    }

    [Fact]
    public async Task Requests_are_told_apart_by_whether_they_have_a_place_in_the_lane()
    {
        Migration.Options.Requests = 1;
        for (var repository = 0; repository < 3; repository++)
            Migration.Source.AddImage($"r{repository}", "v1", $"layer {repository}");
        using var measurements = Measure();
        var go = new TaskCompletionSource();
        Migration.Target.Before = (request, _) => request.StartsWith("TAGS", StringComparison.Ordinal) ? go.Task : Task.CompletedTask;
        var run = RunAsync();
        string[] expected = ["transfer_engine.active_requests{} 1", "transfer_engine.waiting_requests{} 2"];
        await EventuallyAsync(
            () => measurements.Observe().Where(sum => sum.Contains("_requests", StringComparison.Ordinal)).SequenceEqual(expected),
            () => string.Join('\n', measurements.Observe()));
        go.SetResult();
        await run;
    }

    [Fact]
    public async Task A_verification_is_no_migration()
    {
        AddThreeImages();
        await Migration.RunAsync();
        using var measurements = Measure();
        await Migration.Engine.VerifyAsync(new MigrationJob(Migration.Source, Migration.Target) { Name = Job }, NullObserver.Instance, CancellationToken.None);
        Assert.Empty(measurements.Sums());
    }

    // Two that migrate, with three layers and two configurations between them, and one that can't.
    private void AddThreeImages()
    {
        Migration.Source.AddImage("a", "v1", "shared", "one");
        Migration.Source.AddImage("b", "v1", "shared", "two");
        Migration.Source.AddDamaged("a", "bad", ErrorCode.TagLinkEmpty);
    }

    private static async Task EventuallyAsync(Func<bool> isSo, Func<string> state)
    {
        var deadline = TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(2);
        while (!isSo())
        {
            Assert.True(TimeProvider.System.GetUtcNow() < deadline, state());
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, CancellationToken.None);
        }
    }
}
