using TransferEngine.Cli.Wording;
using TransferEngine.Images;
using Xunit;

namespace TransferEngine.Cli.Tests.Wording;

public sealed class SummaryTextTests
{
    private static readonly MigrationReport Report = new()
    {
        Job = "nightly",
        Source = "registry-tar:/a.tar",
        Target = "dir:/b",
        StartedAt = DateTimeOffset.UnixEpoch,
        Elapsed = TimeSpan.FromSeconds(2),
        Totals = new MigrationTotals { Migrated = 3 },
    };

    [Fact]
    public void Blobs_that_were_taken_as_files_are_told_and_count_for_the_rate()
    {
        var lines = Lines(Report with { Totals = new MigrationTotals { Migrated = 3, BlobsTaken = 4, BytesTaken = 6 * 1024 * 1024, BytesUploaded = 2 * 1024 * 1024 } });
        Assert.Contains(lines, line => line.Contains("4 taken as files (6.0 MiB)", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.EndsWith("4.0 MiB/s", StringComparison.Ordinal));
        Assert.DoesNotContain(Lines(Report), line => line.Contains("taken", StringComparison.Ordinal));
    }

    [Fact]
    public void Notes_and_damage_are_told_and_damage_alone_is_nothing_that_another_try_would_mend()
    {
        var lines = Lines(Report with { Notes = ["Read in two passes."], Damage = new TransferError(ErrorCode.SourceUnreadable, "It is cut short.") });
        Assert.StartsWith("Incomplete: ", lines[0], StringComparison.Ordinal);
        Assert.Contains("  note    Read in two passes.", lines);
        Assert.Contains(lines, line => line.StartsWith("  damage  ", StringComparison.Ordinal) && line.Contains("It is cut short.", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains("again", StringComparison.Ordinal));
    }

    [Fact]
    public void What_failed_can_be_tried_again() =>
        Assert.Contains("To try the failed images again: the command", Lines(Report with { Totals = new MigrationTotals { Failed = 1 } }));

    [Theory]
    [InlineData(3, 0, 0, "Complete: ")]
    [InlineData(0, 3, 0, "Complete: ")]
    [InlineData(0, 3, 3, "Up to date: ")]
    [InlineData(1, 3, 2, "Done: ")]
    public void Only_what_was_put_there_or_looked_at_is_called_complete(long migrated, long there, long trusted, string headline)
    {
        var lines = Lines(Report with { Totals = new MigrationTotals { Migrated = migrated, AlreadyThere = there, Trusted = trusted } });
        Assert.StartsWith(headline, lines[0], StringComparison.Ordinal);
        Assert.Equal(trusted > 0, lines.Exists(line => line.Contains("--repair or transfer verify looks into them", StringComparison.Ordinal)));
    }

    private static List<string> Lines(MigrationReport report) => [.. SummaryText.Of(report, "the command")];
}
