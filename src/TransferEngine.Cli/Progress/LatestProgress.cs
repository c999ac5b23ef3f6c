namespace TransferEngine.Cli.Progress;

/// <summary>Of runs that follow each other under one display the one that is on.</summary>
internal sealed class LatestProgress : IMigrationProgress
{
    private volatile IMigrationProgress? _latest;

    /// <returns>True for the first one.</returns>
    public bool Follow(IMigrationProgress progress) => Interlocked.Exchange(ref _latest, progress) is null;

    public ProgressSnapshot Snapshot() => _latest!.Snapshot();
}
