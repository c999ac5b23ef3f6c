namespace TransferEngine;

/// <summary>
/// The facts that a job's journal keeps, one record per fact. All are idempotent: the target is content-addressed, so a
/// fact that is lost costs a request, never an image. Names and fields are stored as JSON and must stay readable.
/// </summary>
public interface IJobEvent;

/// <summary>A run of the job began: what all facts of the journal are about. By the supervisor.</summary>
/// <param name="Source">The source's endpoint.</param>
/// <param name="Target">The target's endpoint.</param>
/// <param name="Mapping">The rules by which repositories are renamed; null for none.</param>
/// <param name="Definition">The job as it was asked for: enough to open it again. Null for the same as at the run before.</param>
/// <param name="BlobPartitions">In how many parts the blob directory keeps its facts, from the first run on; null for one.</param>
public sealed record JobStarted(
    string Source, string Target, IReadOnlyList<string>? Mapping = null, JobDefinition? Definition = null, int? BlobPartitions = null) : IJobEvent;

/// <summary>Work on a repository began: the target may hold parts of it from now on. By the supervisor.</summary>
public sealed record RepositoryOpened(string Repository) : IJobEvent;

/// <summary>Every image of a repository has reached its outcome, another one than at the run before. By the supervisor.</summary>
public sealed record RepositoryCompleted(string Repository, long Migrated, long AlreadyThere, long Skipped, long Failed) : IJobEvent;

/// <summary>A run came to its end, all repositories completed. By the supervisor.</summary>
public sealed record JobFinished(long Migrated, long AlreadyThere, long Skipped, long Failed) : IJobEvent;

/// <summary>The target repository holds the blob. By the blob directory.</summary>
public sealed record BlobUploaded(string Digest, string Repository, long Size) : IJobEvent;

/// <summary>The target repository holds the manifest and all it names. By the repository.</summary>
/// <param name="Digest">The manifest's.</param>
/// <param name="Children">The manifests that it names, where it is an index: so that a later run need not read it to know them.</param>
/// <param name="Subject">What it refers to.</param>
public sealed record ManifestPushed(string Digest, IReadOnlyList<string>? Children = null, string? Subject = null) : IJobEvent;

/// <summary>The target repository's tag names the manifest. By the repository.</summary>
public sealed record TagSet(string Tag, string Digest) : IJobEvent;
