namespace TransferEngine;

/// <summary>Who wants to know how a run goes. Called from the engine's threads, one call at a time; must return quickly.</summary>
public interface IMigrationObserver
{
    /// <summary>The run begins. <paramref name="progress"/> may be polled at any pace, from any thread.</summary>
    void OnStarted(IMigrationProgress progress);

    /// <summary>An image has reached its outcome.</summary>
    void OnImage(ImageResult result);
}

/// <summary>A view of a running migration.</summary>
public interface IMigrationProgress
{
    ProgressSnapshot Snapshot();
}

/// <summary>How a run stands at one moment.</summary>
public sealed record ProgressSnapshot
{
    public required TimeSpan Elapsed { get; init; }

    public required MigrationTotals Totals { get; init; }

    /// <summary>Content bytes handed to the target so far, those of unfinished blobs and of retries included.</summary>
    public long BytesSent { get; init; }

    /// <summary>All images that the source lists and the selection wants; null until they are counted.</summary>
    public long? ImagesExpected { get; init; }

    /// <summary>What each pusher does now; null for an idle one. The index is the pusher's number.</summary>
    public IReadOnlyList<PusherSnapshot?> Pushers { get; init; } = [];
}

/// <summary>One blob on its way.</summary>
/// <param name="Repository">The target repository it goes into.</param>
/// <param name="Digest">Its digest.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Sent">Bytes handed to the target so far.</param>
public sealed record PusherSnapshot(string Repository, string Digest, long Size, long Sent);

/// <summary>An observer that takes no notice.</summary>
public sealed class NullObserver : IMigrationObserver
{
    private NullObserver()
    {
    }

    public static NullObserver Instance { get; } = new();

    public void OnStarted(IMigrationProgress progress)
    {
    }

    public void OnImage(ImageResult result)
    {
    }
}
