using TransferEngine.Images;
using Xunit;

namespace TransferEngine.Cli.Tests;

public sealed class ExitCodeTests
{
    private static readonly MigrationReport Report = new()
    {
        Job = "job",
        Source = "a",
        Target = "b",
        StartedAt = DateTimeOffset.UnixEpoch,
        Elapsed = TimeSpan.Zero,
        Totals = new MigrationTotals { Migrated = 3, Skipped = 1 },
    };

    private static readonly TransferError HostDown = new(ErrorCode.HostUnreachable, "down") { Scope = ErrorScope.Endpoint };

    [Fact]
    public void All_there_is_0_and_what_is_skipped_on_purpose_does_not_matter() => Assert.Equal(0, ExitCode.Of(Report));

    [Fact]
    public void A_failed_image_is_1() => Assert.Equal(1, ExitCode.Of(Report with { Totals = new MigrationTotals { Migrated = 3, Failed = 1 } }));

    [Fact]
    public void A_run_given_up_is_3() => Assert.Equal(3, ExitCode.Of(Report with { Fatal = HostDown, Totals = new MigrationTotals { Failed = 1 } }));

    [Fact]
    public void A_run_stopped_by_the_user_is_130_whatever_else_happened() =>
        Assert.Equal(130, ExitCode.Of(Report with { IsInterrupted = true, Fatal = HostDown, Totals = new MigrationTotals { Failed = 1 } }));

    [Theory]
    [InlineData(ErrorCode.EndpointInvalid, 2)]
    [InlineData(ErrorCode.ConfigurationInvalid, 2)]
    [InlineData(ErrorCode.JobDiffers, 2)]
    [InlineData(ErrorCode.NothingSelected, 4)]
    [InlineData(ErrorCode.SourceNotFound, 3)]
    [InlineData(ErrorCode.HostUnreachable, 3)]
    [InlineData(ErrorCode.Unauthorized, 3)]
    [InlineData(ErrorCode.JobBusy, 3)]
    [InlineData(ErrorCode.JournalFailed, 3)]
    [InlineData(ErrorCode.ReportFailed, 3)]
    [InlineData(ErrorCode.Internal, 3)]
    [InlineData(ErrorCode.Interrupted, 130)]
    public void An_error_that_ends_a_command_has_its_exit_code(string code, int expected) =>
        Assert.Equal(expected, ExitCode.Of(new TransferError(code, "why")));

    [Theory]
    [InlineData(ImageOutcome.Skipped, 0)]
    [InlineData(ImageOutcome.Failed, 1)]
    public void A_plan_with_images_that_would_fail_is_1(ImageOutcome outcome, int expected)
    {
        var problem = new ImageResult("a", "b", outcome, null, HostDown);
        Assert.Equal(expected, ExitCode.Of(new MigrationPlan { Source = "a", Target = "b", Problems = [problem] }));
    }

    [Theory]
    [InlineData(0, 4, 4)]
    [InlineData(4, 1, 1)]
    [InlineData(4, 3, 3)]
    [InlineData(2, 3, 3)]
    [InlineData(130, 3, 130)]
    public void Of_several_jobs_the_one_that_has_to_be_looked_into_most_counts(int one, int other, int expected)
    {
        Assert.Equal(expected, ExitCode.Worst(one, other));
        Assert.Equal(expected, ExitCode.Worst(other, one));
    }
}
