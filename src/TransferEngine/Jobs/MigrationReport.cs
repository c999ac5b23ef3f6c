using TransferEngine.Images;

namespace TransferEngine;

/// <summary>Sums over the images and blobs of one run. Bytes are content bytes, without protocol overhead.</summary>
public sealed record MigrationTotals
{
    public long Repositories { get; init; }

    public long Migrated { get; init; }

    public long AlreadyThere { get; init; }

    /// <summary>Images of which something was believed by the journal's word (<see cref="ImageResult.IsTrusted"/>).</summary>
    public long Trusted { get; init; }

    public long Skipped { get; init; }

    public long Failed { get; init; }

    public long BlobsUploaded { get; init; }

    public long BytesUploaded { get; init; }

    /// <summary>Blobs that the target took as files, by link or copy, with nothing streamed.</summary>
    public long BlobsTaken { get; init; }

    public long BytesTaken { get; init; }

    public long BlobsMounted { get; init; }

    /// <summary>Bytes that a mount saved from being uploaded once more.</summary>
    public long BytesMounted { get; init; }

    /// <summary>Blobs found in the target's repository already.</summary>
    public long BlobsAlreadyThere { get; init; }

    public long BytesAlreadyThere { get; init; }

    public long ManifestsPushed { get; init; }

    public long Images => Migrated + AlreadyThere + Skipped + Failed;
}

/// <summary>How a run ended. The outcome of each single image went to <see cref="IMigrationObserver.OnImage"/>.</summary>
public sealed record MigrationReport
{
    public required string Job { get; init; }

    public required string Source { get; init; }

    public required string Target { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required TimeSpan Elapsed { get; init; }

    public required MigrationTotals Totals { get; init; }

    /// <summary>True if an earlier run of this job had left something in the journal.</summary>
    public bool IsResumed { get; init; }

    /// <summary>True if the user stopped the run.</summary>
    public bool IsInterrupted { get; init; }

    /// <summary>Why the run had to be given up as a whole; images not reached are not counted in the totals.</summary>
    public TransferError? Fatal { get; init; }

    /// <summary>Why part of the source could not be read, so that images may be missing that nobody can name.</summary>
    public TransferError? Damage { get; init; }

    /// <summary>What the user should know of both ends, in whole sentences.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The source has images, but the filters, lists and prefixes leave none; null where something was selected.</summary>
    public SelectionMiss? NothingSelected { get; init; }

    /// <summary>Nothing failed, and something was selected.</summary>
    public bool IsComplete => !IsInterrupted && Fatal is null && Damage is null && NothingSelected is null && Totals.Failed == 0;

    /// <summary>All is in the target, and all of it was put there or looked at by this run.</summary>
    public bool IsChecked => IsComplete && Totals.Trusted == 0;
}
