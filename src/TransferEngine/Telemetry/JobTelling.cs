using System.Diagnostics;
using Microsoft.Extensions.Logging;
using TransferEngine.Images;

namespace TransferEngine.Telemetry;

/// <summary>Tells log and trace how a job begins and how it ends.</summary>
internal sealed class JobTelling : IDisposable
{
    private readonly ILogger _log;
    private readonly string _job;

    public JobTelling(ILogger log, MigrationJob job)
    {
        (_log, _job) = (log, Printable.Of(job.Name));
        Activity = TransferActivity.StartJob(job);
        if (log.IsEnabled(LogLevel.Information))
            TransferLog.JobStarted(log, _job, Printable.Whole(job.Source.Endpoint), Printable.Whole(job.Target.Endpoint));
    }

    public Activity? Activity { get; }

    public MigrationReport End(MigrationReport report)
    {
        if (report.Fatal is { } fatal)
        {
            Fail(fatal);
        }
        else if (report.IsInterrupted)
        {
            Interrupt();
        }
        else
        {
            var totals = report.Totals;
            TransferLog.JobCompleted(_log, _job, report.Elapsed, totals.Migrated, totals.AlreadyThere, totals.Skipped, totals.Failed);
            Activity.End(Outcomes.Completed);
        }
        return report;
    }

    /// <summary>It did not come to a report.</summary>
    public void End(Exception exception)
    {
        if (exception is OperationCanceledException)
            Interrupt();
        else if (exception is TransferException expected)
            Fail(expected.Error);
        else
            Fail(new TransferError(ErrorCode.Internal, exception.Message), exception);
    }

    public void Dispose() => Activity?.Dispose();

    private void Interrupt()
    {
        TransferLog.JobInterrupted(_log, _job);
        Activity.End(Outcomes.Interrupted);
    }

    private void Fail(TransferError error, Exception? unexpected = null)
    {
        TransferLog.JobFailed(_log, unexpected, _job, error.Code, error.Message);
        Activity.End(Outcomes.Failed, error);
    }
}
