using TransferEngine.Images;

namespace TransferEngine;

/// <summary>What became of an image. Every image that the source lists ends as one of these.</summary>
public enum ImageOutcome
{
    /// <summary>Pushed by this run.</summary>
    Migrated,

    /// <summary>The target had it under this name with this digest.</summary>
    AlreadyThere,

    /// <summary>Left out on purpose; the error says why.</summary>
    Skipped,

    /// <summary>Not in the target as it should be; the error says why.</summary>
    Failed,
}

/// <summary>The outcome of one image.</summary>
/// <param name="Repository">Source repository, as found.</param>
/// <param name="Name">Tag, or digest of an untagged revision, as found; <c>*</c> if a whole repository is meant.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Digest">The manifest's digest, where it is known.</param>
/// <param name="Error">Why it was skipped or failed.</param>
public sealed record ImageResult(string Repository, string Name, ImageOutcome Outcome, Digest? Digest, TransferError? Error)
{
    /// <summary>
    /// Its manifest was believed to be there whole: the journal says that an earlier run of this job pushed it, and what is below the tag
    /// was not looked at (<see cref="MigrationJob.Repair"/> does).
    /// </summary>
    public bool IsTrusted { get; init; }

    /// <summary><c>repository:tag</c> or <c>repository@digest</c>.</summary>
    public string Display => Name.Contains(':', StringComparison.Ordinal) ? $"{Repository}@{Name}" : $"{Repository}:{Name}";
}
