using NSubstitute;
using TransferEngine.Cli.Tests.Fakes;
using TransferEngine.Images;
using Xunit;

namespace TransferEngine.Cli.Tests.Commands;

public sealed class StatusCommandTests
{
    private static readonly JobStatus Nightly = new()
    {
        Job = "nightly",
        Source = "registry-tree:/data",
        Target = "docker://host",
        StartedAt = DateTimeOffset.UnixEpoch,
        RepositoriesOpened = 3,
        RepositoriesCompleted = 2,
        TagsSet = 7,
        BytesUploaded = 2048,
    };

    private static readonly JobStatus Running = Nightly with { IsFinished = true, RunningAt = new JobRunner("mover", 17, DateTimeOffset.UnixEpoch) };

    private readonly CommandRun _run = new() { Jobs = Substitute.For<IJobStore>() };

    public StatusCommandTests()
    {
        _run.Jobs!.ListAsync(Arg.Any<CancellationToken>()).Returns(["nightly", "damaged"]);
        _run.Jobs.ReadAsync("nightly", Arg.Any<CancellationToken>()).Returns(Nightly);
        _run.Jobs.ReadAsync("damaged", Arg.Any<CancellationToken>())
            .Returns(Task.FromException<JobStatus>(new TransferException(new TransferError(ErrorCode.JournalFailed, "Not a database."))));
    }

    [Fact]
    public async Task All_jobs_are_one_line_each_and_a_damaged_one_hides_no_other()
    {
        await _run.AssertExitAsync(3, "status");
        Assert.Equal(["nightly  unfinished  2 of 3 repositories, 7 tags, 2.0 KiB uploaded  registry-tree:/data -> docker://host"], _run.OutputLines);
        Assert.Equal("damaged  JOURNAL_FAILED: Not a database.\n", _run.Errors);
    }

    [Fact]
    public async Task One_job_is_shown_in_full()
    {
        await _run.AssertExitAsync(0, "status", "nightly");
        Assert.Contains("started       1970-01-01 00:00:00Z", _run.OutputLines);
        Assert.Contains("repositories  2 completed of 3 opened", _run.OutputLines);
    }

    [Fact]
    public async Task Json_gives_one_object_per_job()
    {
        await _run.RunAsync("status", "nightly", "--json");
        var job = Assert.Single(_run.Events);
        Assert.Equal(7, job.GetProperty("tagsSet").GetInt64());
        Assert.False(job.TryGetProperty("lastEventAt", out _));
    }

    [Fact]
    public async Task A_job_that_runs_says_where_and_since_when()
    {
        _run.Jobs!.ReadAsync("nightly", Arg.Any<CancellationToken>()).Returns(Running);
        await _run.AssertExitAsync(0, "status", "nightly");
        Assert.Contains("job           nightly, running", _run.OutputLines);
        Assert.Contains("running       by process 17 of mover, since 1970-01-01 00:00:00Z", _run.OutputLines);
    }

    [Fact]
    public async Task Json_says_so_too()
    {
        _run.Jobs!.ReadAsync("nightly", Arg.Any<CancellationToken>()).Returns(Running);
        await _run.AssertExitAsync(0, "status", "nightly", "--json");
        var running = Assert.Single(_run.Events).GetProperty("running");
        Assert.Equal(("mover", 17), (running.GetProperty("host").GetString(), running.GetProperty("process").GetInt32()));
    }

    [Fact]
    public async Task A_job_is_forgotten_by_its_name_alone()
    {
        await _run.AssertExitAsync(0, "status", "nightly", "--remove");
        await _run.Jobs!.Received(1).RemoveAsync("nightly", Arg.Any<CancellationToken>());
        await _run.AssertExitAsync(2, "status", "--remove");
    }

    [Fact]
    public Task A_job_that_is_not_known_is_3() => _run.AssertExitAsync(3, "status", "damaged");
}
