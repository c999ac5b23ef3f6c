namespace TransferEngine.Cli.Progress;

/// <summary>Asks a run how it stands, again and again, until it is stopped.</summary>
internal static class ProgressLoop
{
    public static async Task RunAsync(
        IMigrationProgress progress, TimeSpan period, TimeProvider time, Action<ProgressSnapshot, Pace> show, CancellationToken stop)
    {
        var meter = new PaceMeter();
        using var timer = new PeriodicTimer(period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                var snapshot = progress.Snapshot();
                show(snapshot, meter.Measure(snapshot));
            }
        }
        catch (OperationCanceledException)
        {
            // How every loop ends.
        }
    }
}
