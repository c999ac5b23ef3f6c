using Microsoft.Extensions.Logging;
using TransferEngine.Images;

namespace TransferEngine.Telemetry;

/// <summary>
/// The engine's log events. Their ids are stable: 10xx jobs, 11xx repositories, 12xx images, 13xx blobs, 19xx what nobody expected, from 1910 on in Akka.NET's words. Names and
/// errors have been made printable where they were made (<see cref="TransferError"/>).
/// </summary>
internal static partial class TransferLog
{
    [LoggerMessage(1000, LogLevel.Information, "Job {Job} started: {Source} -> {Target}")]
    public static partial void JobStarted(ILogger log, string job, string source, string target);

    [LoggerMessage(1001, LogLevel.Information,
        "Job {Job} completed in {Elapsed}: {Migrated} images migrated, {AlreadyThere} already there, {Skipped} skipped, {Failed} failed")]
    public static partial void JobCompleted(ILogger log, string job, TimeSpan elapsed, long migrated, long alreadyThere, long skipped, long failed);

    [LoggerMessage(1002, LogLevel.Information, "Job {Job} was interrupted; started again it goes on from there")]
    public static partial void JobInterrupted(ILogger log, string job);

    [LoggerMessage(1003, LogLevel.Error, "Job {Job} failed: {Code}: {Reason}")]
    public static partial void JobFailed(ILogger log, Exception? exception, string job, string code, string reason);

    [LoggerMessage(1100, LogLevel.Warning, "Repository {Repository} of job {Job} failed and is opened again in {Pause}: {Code}: {Reason}")]
    public static partial void RepositoryReopened(ILogger log, string job, RepositoryName repository, TimeSpan pause, string code, string reason);

    [LoggerMessage(1101, LogLevel.Warning, "Repository {Repository} of job {Job} is given up: {Code}: {Reason}")]
    public static partial void RepositoryQuarantined(ILogger log, string job, RepositoryName repository, string code, string reason);

    [LoggerMessage(1200, LogLevel.Warning, "Image {Image} of job {Job} failed: {Code}: {Reason}")]
    public static partial void ImageFailed(ILogger log, string job, string image, string? code, string? reason);

    [LoggerMessage(1201, LogLevel.Warning, "Image {Image} of job {Job} was skipped: {Code}: {Reason}")]
    public static partial void ImageSkipped(ILogger log, string job, string image, string? code, string? reason);

    /// <summary>Nothing of an image that is where it should be.</summary>
    public static void ImageEnded(ILogger log, string job, ImageResult result)
    {
        if (result.Outcome is ImageOutcome.Failed)
            ImageFailed(log, job, Printable.Whole(result.Display), result.Error?.Code, result.Error?.Message);
        else if (result.Outcome is ImageOutcome.Skipped)
            ImageSkipped(log, job, Printable.Whole(result.Display), result.Error?.Code, result.Error?.Message);
    }

    [LoggerMessage(1300, LogLevel.Debug, "Upload of blob {Digest} to {Repository} by job {Job} broke and is taken up again, try {Attempt}: {Code}: {Reason}")]
    public static partial void BlobRetried(ILogger log, string job, Digest digest, RepositoryName repository, int attempt, string code, string reason);

    [LoggerMessage(1900, LogLevel.Error, "An actor of job {Job} failed: {Actor}")]
    public static partial void ActorFailed(ILogger log, Exception exception, string job, string actor);

    [LoggerMessage(1901, LogLevel.Error, "Work of job {Job} ended by an exception that nobody expected")]
    public static partial void WorkFailed(ILogger log, Exception exception, string job);

    [LoggerMessage(1902, LogLevel.Error, "The journal of job {Job} failed")]
    public static partial void JournalFailed(ILogger log, Exception exception, string job);

    [LoggerMessage(1910, LogLevel.Error, "{Source}: {Text}")]
    public static partial void ActorSystemError(ILogger log, Exception? exception, string source, string text);

    [LoggerMessage(1911, LogLevel.Warning, "{Source}: {Text}")]
    public static partial void ActorSystemWarning(ILogger log, Exception? exception, string source, string text);

    [LoggerMessage(1912, LogLevel.Debug, "{Source}: {Text}")]
    public static partial void ActorSystemNews(ILogger log, Exception? exception, string source, string text);
}
