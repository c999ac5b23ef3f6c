using TransferEngine.Cli.Tests.Fakes;
using Xunit;

namespace TransferEngine.Cli.Tests.Commands;

/// <summary>What is behind the output (a full disk, a terminal that is gone) never stops a run; what is missing is said, and is no success.</summary>
public sealed class LostOutputTests
{
    private readonly CommandRun _run = new();

    public LostOutputTests()
    {
        for (var i = 0; i < 100; i++)
            _run.Engine.Results.Add(new ImageResult("team/app", $"{i}", ImageOutcome.Migrated, FakeEngine.SomeDigest, null));
        _run.Engine.Totals = new MigrationTotals { Migrated = 100 };
    }

    [Theory]
    [InlineData(0, "migrate")]
    [InlineData(0, "migrate", "--json")]
    [InlineData(2000, "migrate", "--json")]
    [InlineData(0, "verify")]
    [InlineData(0, "verify", "--json")]
    [InlineData(0, "plan")]
    [InlineData(0, "plan", "--json")]
    public async Task Without_room_for_the_result_the_run_goes_on_and_says_at_its_end_what_is_missing(int room, string command, params string[] flags)
    {
        _run.OutputRoom = room;
        await _run.AssertExitAsync(3, [command, "/data", "docker://host", .. flags]);
        Assert.NotNull(_run.Engine.Job);
        Assert.EndsWith("transfer: REPORT_FAILED: Standard output could not be written, so that part of it is missing: No space left on device\n", _run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_failed_keeps_its_own_exit_code()
    {
        _run.OutputRoom = 0;
        _run.Engine.Totals = new MigrationTotals { Failed = 1 };
        await _run.AssertExitAsync(1, "migrate", "/data", "docker://host");
    }

    [Theory]
    [InlineData("migrate")]
    [InlineData("migrate", "--json")]
    public async Task A_standard_error_that_is_gone_changes_nothing(string command, params string[] flags)
    {
        _run.ErrorRoom = 0;
        _run.Engine.Results.Add(new ImageResult("team/app", "left", ImageOutcome.Skipped, null, null));
        await _run.AssertExitAsync(0, [command, "/data", "docker://host", .. flags]);
        Assert.Contains(flags.Length == 0 ? "Complete" : "\"finished\"", _run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_without_room_is_said_after_the_result()
    {
        await _run.AssertExitAsync(3, "migrate", "/data", "docker://host", "--report", "/dev/full");
        Assert.StartsWith("Complete", _run.Output, StringComparison.Ordinal);
        Assert.StartsWith("transfer: REPORT_FAILED: The report can't be written: No space left on device", _run.Errors, StringComparison.Ordinal);
        await _run.AssertExitAsync(3, "migrate", "/data", "docker://host", "--report", "/dev/full", "--json");
        Assert.Equal(["error", "finished"], _run.Events.TakeLast(2).Select(one => one.GetProperty("event").GetString()));
    }
}
