using System.Collections.Concurrent;
using System.Diagnostics;
using TransferEngine.Images;
using TransferEngine.Telemetry;
using TransferEngine.TestKit.Telemetry;
using Xunit;

namespace TransferEngine.Tests.Telemetry;

public sealed class TraceTests : TelemetryTest
{
    [Fact]
    public async Task Each_blob_is_within_an_image_that_is_within_its_repository_that_is_within_the_job()
    {
        for (var repository = 0; repository < 20; repository++)
        {
            Migration.Source.AddImage($"r{repository}", "v1", "shared", $"own {repository}");
            Migration.Source.AddImage($"r{repository}", "v2", $"other {repository}");
        }
        using var traces = new Traces(TransferTelemetry.ActivitySourceName);
        Assert.True((await RunAsync()).IsComplete);

        var all = traces.Of(TelemetryKeys.Job, Job).ToDictionary(activity => activity.SpanId);
        var byName = all.Values.ToLookup(activity => activity.OperationName);
        Assert.Equal((1, 20, 40), (byName[TransferActivity.Job].Count(), byName[TransferActivity.Repository].Count(), byName[TransferActivity.Image].Count()));
        Assert.Equal(Migration.Source.Blobs.Count, byName[TransferActivity.UploadBlob].Count());
        Assert.Equal(19, byName[TransferActivity.MountBlob].Count());
        Assert.All(byName[TransferActivity.Repository], repository => Assert.Equal(TransferActivity.Job, ParentOf(repository).OperationName));
        Assert.All(byName[TransferActivity.Image], image => AssertShares(image, TransferActivity.Repository, TelemetryKeys.SourceRepository));
        Assert.All(byName[TransferActivity.UploadBlob].Concat(byName[TransferActivity.MountBlob]), blob =>
        {
            var image = ParentOf(blob);
            Assert.Equal(TransferActivity.Image, image.OperationName);
            Assert.Equal(image.GetTagItem(TelemetryKeys.SourceRepository), blob.GetTagItem(TelemetryKeys.TargetRepository));
        });
        Assert.All(all.Values, activity => Assert.NotEqual(ActivityStatusCode.Error, activity.Status));

        Activity ParentOf(Activity child) => all[child.ParentSpanId];

        void AssertShares(Activity child, string parent, string key)
        {
            Assert.Equal(parent, ParentOf(child).OperationName);
            Assert.NotNull(child.GetTagItem(key));
            Assert.Equal(ParentOf(child).GetTagItem(key), child.GetTagItem(key));
        }
    }

    [Fact]
    public async Task What_is_sent_is_sent_within_what_it_is_for()
    {
        for (var repository = 0; repository < 10; repository++)
            Migration.Source.AddImage($"r{repository}", "v1", "shared", $"own {repository}");
        using var traces = new Traces(TransferTelemetry.ActivitySourceName);
        var within = new ConcurrentDictionary<(string Request, string? Activity, string? Repository), bool>();
        Migration.Target.Before = (request, _) =>
        {
            var words = request.Split(' ');
            var of = Activity.Current?.GetTagItem(TelemetryKeys.TargetRepository) ?? Activity.Current?.GetTagItem(TelemetryKeys.SourceRepository);
            // The repository is told as far as the request is about one.
            within[(words[0], Activity.Current?.OperationName, words.Length > 1 && words[1] != (string?)of ? $"{words[1]} within {of}" : null)] = true;
            return Task.CompletedTask;
        };
        await RunAsync();
        // The target has it now: it is looked for.
        await Migration.RunAsync(job => job with { Name = Job + "-again", Repair = true });

        Assert.Equal(
            [
                ("CHECK", TransferActivity.Job, null),
                ("COMPLETE", TransferActivity.Job, null),
                ("HEAD-BLOB", TransferActivity.FindBlob, null),
                ("HEAD-MANIFEST", TransferActivity.Image, null),
                ("MOUNT", TransferActivity.MountBlob, null),
                ("PUT-BLOB", TransferActivity.UploadBlob, null),
                ("PUT-MANIFEST", TransferActivity.Image, null),
                ("START", TransferActivity.UploadBlob, null),
                ("TAGS", TransferActivity.Repository, (string?)null),
            ], within.Keys.OrderBy(key => key.Request, StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_failed_has_the_code_of_its_error()
    {
        Migration.Source.AddImage("a", "v1", "one");
        Migration.Source.AddDamaged("a", "bad", ErrorCode.TagLinkEmpty);
        Migration.Source.AddImage("lost", "v1", "two");
        Migration.Source.Unlistable.Add(RepositoryName.Parse("lost"));
        Migration.Source.Blobs[Digest.OfSha256("one"u8)] = "eno"u8.ToArray();
        using var traces = new Traces(TransferTelemetry.ActivitySourceName);
        await RunAsync();

        var failed = traces.Of(TelemetryKeys.Job, Job).Where(activity => activity.Status == ActivityStatusCode.Error).ToList();
        Assert.All(failed, activity => Assert.Equal(Outcomes.Failed, activity.GetTagItem(TelemetryKeys.Outcome)));
        Assert.Equal(
            [
                (TransferActivity.Image, ErrorCode.BlobDigestMismatch),
                (TransferActivity.Image, ErrorCode.TagLinkEmpty),
                (TransferActivity.Repository, ErrorCode.SourceUnreadable),
                (TransferActivity.UploadBlob, ErrorCode.BlobDigestMismatch),
            ], failed.Select(activity => (activity.OperationName, (string)activity.GetTagItem(TelemetryKeys.ErrorType)!)).Distinct().Order());
        Assert.Equal(["v1"], Assert.IsType<string[]>(failed.First(activity => Equals(activity.GetTagItem(TelemetryKeys.ErrorType), ErrorCode.BlobDigestMismatch)
            && activity.OperationName == TransferActivity.Image).GetTagItem(TelemetryKeys.Tags)));
    }

    [Fact]
    public async Task A_job_that_can_not_go_on_is_an_error_and_one_that_was_stopped_is_none()
    {
        Migration.Source.AddImage("a", "v1", "one");
        Fail("TAGS", 1, new TransferError(ErrorCode.Unauthorized, "no") { Scope = ErrorScope.Endpoint });
        using var traces = new Traces(TransferTelemetry.ActivitySourceName);
        await RunAsync();
        using var stop = new CancellationTokenSource();
        Migration.Target.Before = (request, _) => request.StartsWith("TAGS", StringComparison.Ordinal) ? stop.CancelAsync() : Task.CompletedTask;
        await Migration.RunAsync(job => job with { Name = Job + "-stopped" }, stop.Token);

        Assert.Equal((ActivityStatusCode.Error, Outcomes.Failed, ErrorCode.Unauthorized), RootOf(Job));
        Assert.Equal((ActivityStatusCode.Unset, Outcomes.Interrupted, null), RootOf(Job + "-stopped"));

        (ActivityStatusCode, object?, object?) RootOf(string job)
        {
            var root = traces.Of(TelemetryKeys.Job, job).Single(activity => activity.OperationName == TransferActivity.Job);
            return (root.Status, root.GetTagItem(TelemetryKeys.Outcome), root.GetTagItem(TelemetryKeys.ErrorType));
        }
    }

    [Fact]
    public async Task A_job_is_within_what_its_caller_does()
    {
        Migration.Source.AddImage("a", "v1", "one");
        using var traces = new Traces(TransferTelemetry.ActivitySourceName);
        using var caller = new Activity("a request").Start();
        await RunAsync();
        Assert.Equal(caller.SpanId, traces.Of(caller.TraceId).Single(activity => activity.OperationName == TransferActivity.Job).ParentSpanId);
        Assert.Same(caller, Activity.Current);
    }
}
