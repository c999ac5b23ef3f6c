namespace TransferEngine.Cli.Progress;

/// <summary>How fast a run goes now.</summary>
/// <param name="BytesPerSecond">Content bytes handed to the target, smoothed.</param>
/// <param name="TimeLeft">Null while it can't be told: images not counted yet, or none finished lately.</param>
internal readonly record struct Pace(double BytesPerSecond, TimeSpan? TimeLeft);

/// <summary>Smooths rates over the snapshots of one run, at whatever pace these are taken.</summary>
internal sealed class PaceMeter
{
    private static readonly TimeSpan LongestForecast = TimeSpan.FromDays(100);

    private readonly MovingRate _bytes = new(TimeSpan.FromSeconds(5));

    // Images differ in size much more than seconds differ in bytes: a longer window keeps the time left from jumping.
    private readonly MovingRate _images = new(TimeSpan.FromSeconds(30));

    public Pace Measure(ProgressSnapshot snapshot)
    {
        _bytes.Add(snapshot.Elapsed, snapshot.BytesSent);
        _images.Add(snapshot.Elapsed, snapshot.Totals.Images);
        return new Pace(_bytes.PerSecond, TimeLeft(snapshot));
    }

    private TimeSpan? TimeLeft(ProgressSnapshot snapshot)
    {
        if (snapshot.ImagesExpected is not { } expected)
            return null;
        var images = expected - snapshot.Totals.Images;
        if (images <= 0)
            return TimeSpan.Zero;
        var seconds = images / _images.PerSecond;
        return seconds <= LongestForecast.TotalSeconds ? TimeSpan.FromSeconds(seconds) : null;
    }

    /// <summary>
    /// An exponentially weighted average of a counter's rate. A span of time counts by its length, and the sum of the
    /// weights is divided out, so that the first values are not drawn to zero.
    /// </summary>
    private sealed class MovingRate(TimeSpan window)
    {
        private TimeSpan _at;
        private long _count;
        private double _sum;
        private double _weight;

        public double PerSecond => _weight == 0 ? 0 : _sum / _weight;

        public void Add(TimeSpan at, long count)
        {
            // Another run, which begins at zero again.
            if (at < _at)
                (_at, _count, _sum, _weight) = (default, 0, 0, 0);
            var seconds = (at - _at).TotalSeconds;
            if (seconds <= 0)
                return;
            var kept = Math.Exp(-seconds / window.TotalSeconds);
            _sum = (_sum * kept) + ((count - _count) / seconds * (1 - kept));
            _weight = (_weight * kept) + (1 - kept);
            (_at, _count) = (at, count);
        }
    }
}
