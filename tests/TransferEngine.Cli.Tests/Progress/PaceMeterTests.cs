using TransferEngine.Cli.Progress;
using Xunit;

namespace TransferEngine.Cli.Tests.Progress;

public sealed class PaceMeterTests
{
    private readonly PaceMeter _meter = new();

    [Fact]
    public void A_steady_run_shows_its_rate_from_the_first_moment_on()
    {
        Assert.Equal(1000, Measure(seconds: 0.2, bytes: 200).BytesPerSecond, precision: 6);
        Assert.Equal(1000, Measure(seconds: 0.4, bytes: 400).BytesPerSecond, precision: 6);
        Assert.Equal(1000, Measure(seconds: 10, bytes: 10_000).BytesPerSecond, precision: 6);
    }

    [Fact]
    public void The_rate_does_not_depend_on_how_often_it_is_asked_for()
    {
        var often = new PaceMeter();
        for (var tick = 1; tick <= 100; tick++)
            often.Measure(Snapshot(tick * 0.1, tick * 100, 0, null));
        Measure(10, 10_000);
        Assert.Equal(often.Measure(Snapshot(12, 10_000, 0, null)).BytesPerSecond, Measure(12, 10_000).BytesPerSecond, precision: 6);
    }

    [Fact]
    public void A_standstill_draws_the_rate_to_zero()
    {
        Measure(seconds: 10, bytes: 10_000);
        var after = Measure(seconds: 15, bytes: 10_000).BytesPerSecond;
        Assert.InRange(after, 1, 500);
        Assert.InRange(Measure(seconds: 60, bytes: 10_000).BytesPerSecond, 0, 1);
    }

    [Fact]
    public void One_quick_moment_hardly_moves_the_rate()
    {
        Measure(seconds: 30, bytes: 30_000);
        Assert.InRange(Measure(seconds: 30.01, bytes: 30_110).BytesPerSecond, 1000, 1050);
    }

    [Fact]
    public void Two_snapshots_of_one_moment_are_no_infinite_rate()
    {
        Measure(seconds: 1, bytes: 10);
        Assert.Equal(10, Measure(seconds: 1, bytes: 90).BytesPerSecond, precision: 6);
    }

    [Fact]
    public void Time_left_is_unknown_until_the_images_are_counted() => Assert.Null(Measure(1, 1, images: 10, expected: null).TimeLeft);

    [Fact]
    public void Time_left_is_unknown_while_no_image_has_been_finished() => Assert.Null(Measure(5, 100, images: 0, expected: 10).TimeLeft);

    [Fact]
    public void Time_left_is_what_the_remaining_images_take_at_this_pace() =>
        Assert.Equal(TimeSpan.FromSeconds(90), Measure(10, 100, images: 10, expected: 100).TimeLeft);

    [Fact]
    public void Nothing_is_left_when_all_images_are_done() =>
        Assert.Equal(TimeSpan.Zero, Measure(10, 0, images: 10, expected: 10).TimeLeft);

    private Pace Measure(double seconds, long bytes, long images = 0, long? expected = null) => _meter.Measure(Snapshot(seconds, bytes, images, expected));

    private static ProgressSnapshot Snapshot(double seconds, long bytes, long images, long? expected) => new()
    {
        Elapsed = TimeSpan.FromSeconds(seconds),
        Totals = new MigrationTotals { Migrated = images },
        BytesSent = bytes,
        ImagesExpected = expected,
    };
}
