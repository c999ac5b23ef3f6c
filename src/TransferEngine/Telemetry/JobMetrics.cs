using System.Diagnostics.Metrics;
using TransferEngine.Images;

namespace TransferEngine.Telemetry;

/// <summary>Counts for one job. Where nobody listens to an instrument, nothing is made for it.</summary>
internal sealed class JobMetrics(string job)
{
    private readonly KeyValuePair<string, object?> _job = new(TelemetryKeys.Job, job);

    public void CountImage(ImageOutcome outcome, TransferError? error)
    {
        if (!TransferMetrics.Images.Enabled)
            return;
        if (error is null)
            TransferMetrics.Images.Add(1, _job, new(TelemetryKeys.Outcome, Outcomes.Of(outcome)));
        else
            TransferMetrics.Images.Add(1, _job, new(TelemetryKeys.Outcome, Outcomes.Of(outcome)), TypeOf(error));
    }

    public void CountBlob(string outcome, long length)
    {
        if (TransferMetrics.Blobs.Enabled)
            TransferMetrics.Blobs.Add(1, _job, new(TelemetryKeys.Outcome, outcome));
        if (TransferMetrics.BlobContent.Enabled)
            TransferMetrics.BlobContent.Add(length, _job, new(TelemetryKeys.Outcome, outcome));
    }

    public void CountBlobRetry(TransferError error) => CountRetry(TransferMetrics.BlobRetries, error);

    public void CountRepositoryRetry(TransferError error) => CountRetry(TransferMetrics.RepositoryRetries, error);

    private void CountRetry(Counter<long> retries, TransferError error)
    {
        if (retries.Enabled)
            retries.Add(1, _job, TypeOf(error));
    }

    private static KeyValuePair<string, object?> TypeOf(TransferError error) => new(TelemetryKeys.ErrorType, error.Code);
}
