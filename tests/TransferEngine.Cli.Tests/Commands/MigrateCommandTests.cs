using System.Text.Json;
using TransferEngine.Cli.Tests.Fakes;
using TransferEngine.Images;
using Xunit;

namespace TransferEngine.Cli.Tests.Commands;

public sealed class MigrateCommandTests : IDisposable
{
    private const string Source = "registry-tree:/data";
    private const string Target = "docker://localhost:5000";

    private static readonly ImageResult Failed = new("team/app", "bad", ImageOutcome.Failed, null,
        new TransferError(ErrorCode.TagLinkEmpty, "The tag's link is empty.") { Path = "/data/link", Hint = "Push the image again." });

    private readonly CommandRun _run = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("transfer-migrate");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_complete_run_ends_with_a_summary_on_standard_output()
    {
        _run.Engine.Totals = new MigrationTotals
        {
            Repositories = 60,
            Migrated = 1500,
            AlreadyThere = 2,
            BlobsUploaded = 10,
            BytesUploaded = 4096,
            BlobsMounted = 7,
            BytesMounted = 2048,
            BlobsAlreadyThere = 1,
            BytesAlreadyThere = 10,
        };
        await _run.AssertExitAsync(0, "migrate", Source, Target, "--job", "nightly");
        Assert.Equal(
            [
                "Complete: registry-tree:/data -> docker://localhost:5000 (job nightly)",
                "  images  1,500 migrated, 2 already there, 0 skipped, 0 failed, in 60 repositories",
                "  blobs   10 uploaded (4.0 KiB), 7 mounted (2.0 KiB saved), 1 already there (10 B)",
                "  time    2.0 s, 2.0 KiB/s",
            ],
            _run.OutputLines);
        Assert.Empty(_run.Errors);
    }

    [Fact]
    public async Task A_failed_image_is_named_on_standard_error_with_path_and_hint()
    {
        _run.Engine.Results.Add(Failed);
        _run.Engine.Totals = new MigrationTotals { Failed = 1 };
        await _run.AssertExitAsync(1, "migrate", Source, Target);
        Assert.Equal("failed team/app:bad  TAG_LINK_EMPTY: The tag's link is empty. (/data/link) Push the image again.\n", _run.Errors);
        Assert.EndsWith("To try the failed images again: transfer migrate registry-tree:/data docker://localhost:5000\n", _run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_options_reach_the_job()
    {
        await _run.RunAsync("migrate", Source, Target, "--job", "nightly", "--restart", "--trust-journal", "--verify-source", "--untagged",
            "--limit-rate", "1MiB", "--include", "team/*", "--include", "base", "--exclude", "team/old", "--exclude-tags", "*-rc");
        var job = _run.Engine.Job!;
        Assert.Equal("nightly", job.Name);
        Assert.Equal((true, true, true, true, 1024 * 1024), (job.Restart, job.TrustJournal, job.VerifySource, job.Untagged, job.LimitRate));
        Assert.True(job.Selection.Wants(RepositoryName.Parse("team/app")));
        Assert.True(job.Selection.Wants(RepositoryName.Parse("base")));
        Assert.False(job.Selection.Wants(RepositoryName.Parse("team/old")));
        Assert.False(job.Selection.Wants(RepositoryName.Parse("other")));
        Assert.False(job.Selection.Wants(Tag.Parse("1-rc")));
    }

    [Fact]
    public async Task What_a_run_takes_on_trust_is_asked_for_by_name_and_said_in_the_summary()
    {
        _run.Engine.Totals = new MigrationTotals { Migrated = 3, BlobsTaken = 4, BytesTaken = 2048 };
        await _run.AssertExitAsync(0, "migrate", Source, Target);
        Assert.Equal((false, true), (_run.Engine.Job!.Repair, _run.Engine.Job.HashFiles));
        Assert.DoesNotContain("Not hashed", _run.Output, StringComparison.Ordinal);
        await _run.AssertExitAsync(0, "migrate", Source, Target, "--repair", "--no-hash");
        Assert.Equal((true, false), (_run.Engine.Job!.Repair, _run.Engine.Job.HashFiles));
        Assert.Contains("Not hashed: 4 blobs (2.0 KiB) taken as files", _run.Output, StringComparison.Ordinal);
        await _run.AssertExitAsync(2, "migrate", Source, Target, "--repair", "--trust-journal");
    }

    [Fact]
    public async Task Machines_are_told_what_was_taken_on_trust()
    {
        _run.Engine.Results.Add(new ImageResult("a", "1", ImageOutcome.AlreadyThere, FakeEngine.SomeDigest, null) { IsTrusted = true });
        _run.Engine.Totals = new MigrationTotals { AlreadyThere = 1, Trusted = 1 };
        await _run.AssertExitAsync(0, "migrate", Source, Target, "--json");
        Assert.True(_run.Events[1].GetProperty("trusted").GetBoolean());
        Assert.Equal(1, _run.Events[^1].GetProperty("totals").GetProperty("trusted").GetInt64());
        Assert.Equal((true, false), (_run.Events[^1].GetProperty("isComplete").GetBoolean(), _run.Events[^1].GetProperty("isChecked").GetBoolean()));
    }

    [Fact]
    public async Task Mapping_rules_and_tag_filters_reach_the_job_and_the_command_that_goes_on()
    {
        _run.Engine.Totals = new MigrationTotals { Failed = 1 };
        await _run.RunAsync("migrate", Source, Target, "--map", "replace=old/:new/", "--map", "regex=^a/(.*)$:b/$1",
            "--tags-regex", "^v", "--tags-semver", ">=1.2 <2.0", "--newest", "3");
        var job = _run.Engine.Job!;
        Assert.Equal(["replace=old/:new/", "regex=^a/(.*)$:b/$1"], job.Mapping!.Rules);
        Assert.Equal(3, job.Selection.Newest);
        Assert.True(job.Selection.Wants(Tag.Parse("v1.5")));
        Assert.False(job.Selection.Wants(Tag.Parse("1.5")));
        Assert.False(job.Selection.Wants(Tag.Parse("v2.0")));
        Assert.Contains("--map 'regex=^a/(.*)$:b/$1'", _run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Platforms_narrow_the_source_and_what_refers_to_images_can_stay_behind()
    {
        await _run.RunAsync("migrate", Source, Target);
        Assert.True(_run.Engine.Job!.Referrers);
        await _run.RunAsync("migrate", Source, Target, "--platform", "linux/amd64", "--platform", "linux/arm/v7", "--no-referrers");
        Assert.False(_run.Engine.Job!.Referrers);
        Assert.EndsWith(" for linux/amd64, linux/arm/v7", _run.Engine.Job.Source.Endpoint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rules_on_the_command_line_replace_those_of_the_configuration()
    {
        var file = Path.Combine(_folder.FullName, "my.conf");
        await File.WriteAllTextAsync(file, "transfer-engine.mapping = [\"last=1\"]");
        await _run.RunAsync("migrate", Source, Target, "--config", file);
        Assert.Equal(["last=1"], _run.Engine.Job!.Mapping!.Rules);
        await _run.RunAsync("migrate", Source, Target, "--config", file, "--map", "prefix=a/");
        Assert.Equal(["prefix=a/"], _run.Engine.Job!.Mapping!.Rules);
    }

    [Theory]
    [InlineData("--map", "flatten=/", "flatten=/")]
    [InlineData("--tags-semver", "latest", "'latest'")]
    [InlineData("--tags-regex", "(", "'('")]
    [InlineData("--platform", "amd64", "'amd64' is no platform")]
    [InlineData("--newest", "0", "--newest can't be understood")]
    public async Task A_rule_or_filter_that_can_not_be_meant_is_wrong_usage(string option, string value, string expected)
    {
        await _run.AssertExitAsync(2, "migrate", Source, Target, option, value);
        Assert.Contains(expected, _run.Errors, StringComparison.Ordinal);
        Assert.Null(_run.Engine.Job);
    }

    [Fact]
    public async Task Json_is_one_event_per_line()
    {
        _run.Engine.Results.AddRange([new ImageResult("a", "1", ImageOutcome.Migrated, FakeEngine.SomeDigest, null), Failed]);
        _run.Engine.Totals = new MigrationTotals { Migrated = 1, Failed = 1 };
        await _run.AssertExitAsync(1, "migrate", Source, Target, "--json");
        Assert.Equal(["started", "image", "image", "finished"], _run.Events.Select(one => one.GetProperty("event").GetString()));
        Assert.Equal(Target, _run.Events[0].GetProperty("target").GetString());
        Assert.Equal(FakeEngine.SomeDigest.ToString(), _run.Events[1].GetProperty("digest").GetString());
        Assert.Equal("TAG_LINK_EMPTY", _run.Events[2].GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(1, _run.Events[3].GetProperty("exitCode").GetInt32());
        Assert.Equal(2, _run.Events[3].GetProperty("totals").GetProperty("images").GetInt64());
    }

    [Fact]
    public async Task An_interrupted_run_says_how_to_go_on_without_passwords_and_without_restart()
    {
        using var stop = new CancellationTokenSource();
        _run.Engine.While = _ => stop.CancelAsync();
        await _run.AssertExitAsync(130, stop.Token, "migrate", "/my registry", Target, "--dest-creds=admin:s3cret", "--restart", "--job", "nightly",
            "--dest-tls-verify=false", "--include", "team/*", "--untagged=true");
        Assert.Contains(
            "To go on: transfer migrate '/my registry' docker://localhost:5000 --job nightly --dest-tls-verify false --include 'team/*' --untagged=true   (and --dest-creds as before)",
            _run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", _run.Output + _run.Errors, StringComparison.Ordinal);
        Assert.Equal("s3cret", _run.Endpoints.TargetSettings!.Credentials!.Password);
    }

    [Fact]
    public async Task A_run_stopped_before_it_began_says_how_to_go_on_too()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        _run.Engine.Failure = new OperationCanceledException(stop.Token);
        await _run.AssertExitAsync(130, stop.Token, "migrate", Source, Target);
        Assert.Contains("To go on: transfer migrate registry-tree:/data docker://localhost:5000", _run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_that_is_down_is_3_with_a_sentence_and_an_event()
    {
        _run.Engine.Failure = new TransferException(new TransferError(ErrorCode.HostUnreachable, "Nobody listens on localhost:5000.")
        { Scope = ErrorScope.Endpoint, Hint = "Start the registry." });
        await _run.AssertExitAsync(3, "migrate", Source, Target, "--json");
        Assert.Equal("transfer: HOST_UNREACHABLE: Nobody listens on localhost:5000. Start the registry.\n", _run.Errors);
        Assert.Equal("error", _run.Events[^1].GetProperty("event").GetString());
        Assert.Equal(3, _run.Events[^1].GetProperty("exitCode").GetInt32());
    }

    [Fact]
    public async Task A_run_given_up_in_the_middle_is_3_and_says_why()
    {
        _run.Engine.Fatal = new TransferError(ErrorCode.JournalFailed, "The disk is full.") { Scope = ErrorScope.Endpoint };
        await _run.AssertExitAsync(3, "migrate", Source, Target);
        Assert.Contains("transfer: JOURNAL_FAILED: The disk is full.", _run.Errors, StringComparison.Ordinal);
        Assert.StartsWith("Given up:", _run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_should_not_happen_is_an_apology_and_a_stack_trace_only_on_request(bool verbose)
    {
        _run.Engine.Failure = new InvalidOperationException("Out of cheese.");
        string[] args = ["migrate", Source, Target];
        await _run.AssertExitAsync(3, verbose ? [.. args, "--verbose"] : args);
        Assert.Contains("transfer: INTERNAL: Something that should not happen did, sorry: Out of cheese.", _run.Errors, StringComparison.Ordinal);
        Assert.Equal(verbose, _run.Errors.Contains("   at ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_report_holds_every_image_and_the_totals()
    {
        var path = Path.Combine(_folder.FullName, "report.json");
        _run.Engine.Results.Add(Failed);
        _run.Engine.Totals = new MigrationTotals { Failed = 1 };
        await _run.RunAsync("migrate", Source, Target, "--report", path, "--job", "nightly");
        var report = JsonDocument.Parse(await File.ReadAllTextAsync(path)).RootElement;
        Assert.Equal("nightly", report.GetProperty("job").GetString());
        Assert.Equal("/data/link", report.GetProperty("images")[0].GetProperty("error").GetProperty("path").GetString());
        Assert.Equal(1, report.GetProperty("totals").GetProperty("failed").GetInt64());
        Assert.Equal(1, report.GetProperty("exitCode").GetInt32());
    }

    [Fact]
    public async Task A_report_keeps_what_was_known_when_the_run_was_stopped_without_a_result()
    {
        var path = Path.Combine(_folder.FullName, "report.json");
        using var stop = new CancellationTokenSource();
        _run.Engine.Results.Add(Failed);
        _run.Engine.While = async token =>
        {
            await stop.CancelAsync();
            token.ThrowIfCancellationRequested();
        };
        await _run.AssertExitAsync(130, stop.Token, "migrate", Source, Target, "--report", path);
        var report = JsonDocument.Parse(await File.ReadAllTextAsync(path)).RootElement;
        Assert.Equal(1, report.GetProperty("images").GetArrayLength());
        Assert.Equal("INTERRUPTED", report.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(130, report.GetProperty("exitCode").GetInt32());
    }

    [Fact]
    public async Task A_report_is_written_also_when_the_run_can_not_begin()
    {
        var path = Path.Combine(_folder.FullName, "report.json");
        _run.Engine.Failure = new TransferException(new TransferError(ErrorCode.JobBusy, "Another process runs it."));
        await _run.AssertExitAsync(3, "migrate", Source, Target, "--report", path);
        var report = JsonDocument.Parse(await File.ReadAllTextAsync(path)).RootElement;
        Assert.Equal("JOB_BUSY", report.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(3, report.GetProperty("exitCode").GetInt32());
    }

    [Fact]
    public async Task A_dry_run_is_a_plan()
    {
        await _run.AssertExitAsync(0, "migrate", Source, Target, "--dry-run");
        Assert.StartsWith("Plan: registry-tree:/data -> docker://localhost:5000", _run.Output, StringComparison.Ordinal);
    }
}
