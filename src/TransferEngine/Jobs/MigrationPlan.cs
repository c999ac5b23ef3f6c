using TransferEngine.Images;

namespace TransferEngine;

/// <summary>What a run would do: counts and exact bytes. Problems of single images went into <see cref="Problems"/>.</summary>
public sealed record MigrationPlan
{
    public required string Source { get; init; }

    public required string Target { get; init; }

    public long Repositories { get; init; }

    /// <summary>Images that would be pushed.</summary>
    public long ImagesToMigrate { get; init; }

    public long ImagesAlreadyThere { get; init; }

    public long BlobsToUpload { get; init; }

    public long BytesToUpload { get; init; }

    public long BlobsToMount { get; init; }

    public long BytesToMount { get; init; }

    public long BlobsAlreadyThere { get; init; }

    public long BytesAlreadyThere { get; init; }

    public long ManifestsToPush { get; init; }

    /// <summary>Repositories that the mapping gives another name, in the order of their names; the rest keep theirs.</summary>
    public IReadOnlyList<RepositoryRename> Renames { get; init; } = [];

    /// <summary>Images that would be skipped or would fail, with the reason.</summary>
    public IReadOnlyList<ImageResult> Problems { get; init; } = [];

    /// <summary>Why part of the source could not be read, so that images may be missing that nobody can name.</summary>
    public TransferError? Damage { get; init; }

    /// <inheritdoc cref="MigrationReport.NothingSelected"/>
    public SelectionMiss? NothingSelected { get; init; }

    /// <inheritdoc cref="MigrationReport.Notes"/>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>A repository that has another name in the target.</summary>
/// <param name="Source">As the source names it.</param>
/// <param name="Target">As the target will name it, the endpoint's own prefix included.</param>
public sealed record RepositoryRename(RepositoryName Source, RepositoryName Target);

/// <summary>Whether the target holds what the source holds.</summary>
public sealed record VerificationReport
{
    public required string Source { get; init; }

    public required string Target { get; init; }

    /// <summary>Images whose tag, manifests and blobs are all in the target with the source's digests.</summary>
    public long Verified { get; init; }

    /// <summary>Images of kinds that no target takes.</summary>
    public long Skipped { get; init; }

    /// <summary>Images that are missing, differ, or can't be read at the source.</summary>
    public IReadOnlyList<ImageResult> Problems { get; init; } = [];

    /// <summary>Why part of the source could not be read, so that images may be missing that nobody can name.</summary>
    public TransferError? Damage { get; init; }

    /// <inheritdoc cref="MigrationReport.NothingSelected"/>
    public SelectionMiss? NothingSelected { get; init; }

    /// <inheritdoc cref="MigrationReport.Notes"/>
    public IReadOnlyList<string> Notes { get; init; } = [];

    public bool IsComplete => Damage is null && NothingSelected is null && Problems.Count == 0;
}
