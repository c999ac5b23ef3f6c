using System.Diagnostics;
using TransferEngine.Images;

namespace TransferEngine.Telemetry;

/// <summary>
/// The engine's activities: a job, in it its repositories, in these their images, in these the blobs that they asked for first. Null where nobody
/// listens. Work hops between actors, so that the parent is always named; what is sent while an activity is current is its child by itself.
/// </summary>
internal static class TransferActivity
{
    public const string Job = "migrate job";
    public const string Repository = "migrate repository";
    public const string Image = "migrate image";
    public const string FindBlob = "find blob";
    public const string MountBlob = "mount blob";
    public const string UploadBlob = "upload blob";

    private static readonly ActivitySource Source = new(TransferTelemetry.ActivitySourceName, TransferTelemetry.Version);

    public static bool IsListenedTo => Source.HasListeners();

    /// <summary>Current for the caller's flow, and a child of what was.</summary>
    public static Activity? StartJob(MigrationJob job) => IsListenedTo
        ? Source.StartActivity(Job)?.SetTag(TelemetryKeys.Job, job.Name)
            .SetTag(TelemetryKeys.Source, job.Source.Endpoint).SetTag(TelemetryKeys.Target, job.Target.Endpoint)
        : null;

    /// <summary>Current for nobody.</summary>
    public static Activity? StartRepository(ActivityContext job, RepositoryName source) => IsListenedTo
        ? StartApart(Repository, job)?.SetTag(TelemetryKeys.SourceRepository, source.ToString())
        : null;

    /// <summary>Current for nobody.</summary>
    public static Activity? StartImage(ActivityContext repository, RepositoryName source, Digest? digest, IEnumerable<SourceImage> images) => IsListenedTo
        ? StartApart(Image, repository)?.SetTag(TelemetryKeys.SourceRepository, source.ToString()).SetTag(TelemetryKeys.ManifestDigest, digest?.ToString())
            .SetTag(TelemetryKeys.Tags, images.Where(image => image.Tag is not null || image.Digest is null).Select(image => Printable.Of(image.Name)).ToArray())
        : null;

    /// <summary>Current for the caller's flow.</summary>
    public static Activity? StartBlob(string name, ActivityContext image, RepositoryName target, Digest digest) => IsListenedTo
        ? Source.StartActivity(name, ActivityKind.Internal, image)?.SetTag(TelemetryKeys.TargetRepository, target.ToString())
            .SetTag(TelemetryKeys.BlobDigest, digest.ToString())
        : null;

    /// <summary>Says what came of it, and ends it. Does nothing if that was said before.</summary>
    public static void End(this Activity? activity, string outcome, TransferError? error = null)
    {
        if (activity is null || activity.IsStopped)
            return;
        activity.SetTag(TelemetryKeys.Outcome, outcome);
        if (error is not null)
            activity.SetTag(TelemetryKeys.ErrorType, error.Code);
        if (outcome is Outcomes.Failed)
            activity.SetStatus(ActivityStatusCode.Error, error?.Message);
        var current = Activity.Current;
        activity.Stop();
        if (current != activity)
            Activity.Current = current;
    }

    /// <summary>Ends an image, of whose tags the worst outcome counts.</summary>
    public static void End(this Activity? activity, IEnumerable<ImageResult> results)
    {
        if (activity is not null && results.MaxBy(result => result.Outcome) is { } worst)
            activity.End(Outcomes.Of(worst.Outcome), worst.Error);
    }

    /// <summary>Ends what an exception has ended.</summary>
    public static void End(this Activity? activity, Exception exception)
    {
        if (activity is not null)
            activity.End(exception is OperationCanceledException ? Outcomes.Interrupted : Outcomes.Failed, (exception as TransferException)?.Error);
    }

    // Actors take turns on a thread: what one of them begins must not be current for the next.
    private static Activity? StartApart(string name, ActivityContext parent)
    {
        var current = Activity.Current;
        var activity = Source.StartActivity(name, ActivityKind.Internal, parent);
        Activity.Current = current;
        return activity;
    }
}
