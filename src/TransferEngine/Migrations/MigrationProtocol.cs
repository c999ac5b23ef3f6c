using TransferEngine.Images;

namespace TransferEngine.Migrations;

/// <summary>
/// Messages of the supervisor that runs one migration. A repository's reports have numbers and are told until the supervisor has answered each
/// (<see cref="ReportTaken"/>). What is told by death watch, or by what an actor itself set going, never gets lost.
/// </summary>
internal static class MigrationProtocol
{
    /// <summary>The source's next repository, or null after the last. From the feed.</summary>
    public sealed record RepositoryFound(SourceRepository? Repository);

    /// <summary>The source can't be listed any further. From the feed.</summary>
    public sealed record FeedFailed(TransferError Error);

    /// <summary>Images have reached their outcome. From a repository.</summary>
    public sealed record ImagesDone(long Number, RepositoryName Repository, IReadOnlyList<ImageResult> Results);

    /// <summary>Every image of the repository has reached its outcome. From a repository, the last that it says, when all else is taken.</summary>
    public sealed record RepositoryDone(long Number, RepositoryName Repository);

    /// <summary>Nothing more can be had from an endpoint. From a repository.</summary>
    public sealed record EndpointLost(long Number, TransferError Error);

    /// <summary>The supervisor has this report. To the repository that made it.</summary>
    public sealed record ReportTaken(long Number);

    /// <summary>A repository's actor is gone, whether it was done or not. By death watch.</summary>
    public sealed record RepositoryGone(RepositoryName Repository);

    /// <summary>Time to open a repository again whose actor failed. By timer.</summary>
    public sealed record Reopen(RepositoryName Repository);

    /// <summary>The blob directory or the crew of pushers is gone, which nobody can go on without. By death watch.</summary>
    public sealed record PartGone(TransferError Error);

    /// <summary>Somebody else runs the job by now.</summary>
    public sealed record LeaseLost
    {
        public static LeaseLost Instance { get; } = new();

        public static TransferError Error { get; } = new(ErrorCode.JobBusy, "Another process took over the job, as this one did not renew its claim in time.")
        { Scope = ErrorScope.Endpoint, Hint = "Let the other one finish; its journal knows what this one did." };
    }

    /// <summary>The user wants the run to end.</summary>
    public sealed record StopMigration
    {
        public static StopMigration Instance { get; } = new();
    }
}
