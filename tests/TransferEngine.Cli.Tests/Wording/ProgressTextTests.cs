using TransferEngine.Cli.Progress;
using TransferEngine.Cli.Wording;
using Xunit;

namespace TransferEngine.Cli.Tests.Wording;

public sealed class ProgressTextTests
{
    private static readonly ProgressSnapshot Snapshot = new()
    {
        Elapsed = TimeSpan.FromSeconds(75),
        Totals = new MigrationTotals { Migrated = 1200, AlreadyThere = 30, Failed = 4 },
        BytesSent = 3L * 1024 * 1024 * 1024,
        ImagesExpected = 5000,
        Pushers = [new PusherSnapshot("team/app", "sha256:0123456789abcdef0123", 1000, 250), null],
    };

    [Fact]
    public void A_line_tells_images_bytes_rate_failures_and_time_left() => Assert.Equal(
        "1 min 15 s: 1,234 of 5,000 images, 3.0 GiB sent at 40.0 MiB/s, 4 failed, 3 min 00 s left",
        ProgressText.Line(Snapshot, new Pace(40 * 1024 * 1024, TimeSpan.FromMinutes(3))));

    [Fact]
    public void What_is_not_known_yet_is_left_out() => Assert.Equal(
        "0.0 s: 0 images, 0 B sent at 0 B/s",
        ProgressText.Line(new ProgressSnapshot { Elapsed = TimeSpan.Zero, Totals = new MigrationTotals() }, new Pace(0, null)));

    [Fact]
    public void Each_pusher_has_a_line_with_its_repository_short_digest_and_bar()
    {
        var lines = ProgressText.Pushers(Snapshot, 120).ToList();
        Assert.Equal(2, lines.Count);
        Assert.Contains("━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌", lines[0], StringComparison.Ordinal);
        Assert.Contains("250 B of 1000 B", lines[0], StringComparison.Ordinal);
        Assert.Contains("0123456789ab  team/app", lines[0], StringComparison.Ordinal);
        Assert.Contains("idle", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void No_line_is_wider_than_the_terminal() =>
        Assert.All(ProgressText.Pushers(Snapshot, 40), line => Assert.InRange(line.Length, 1, 40));

    [Fact]
    public void A_bar_stays_within_its_bounds_when_more_was_sent_than_the_blob_is_long()
    {
        var retried = Snapshot with { Pushers = [new PusherSnapshot("a", "sha256:ab", 10, 25), new PusherSnapshot("a", "sha256:ab", 0, 0)] };
        Assert.All(ProgressText.Pushers(retried, 120), line => Assert.Contains(new string('━', 20), line, StringComparison.Ordinal));
    }
}
