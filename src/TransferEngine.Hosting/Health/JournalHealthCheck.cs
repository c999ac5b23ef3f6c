using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using TransferEngine.Images;
using TransferEngine.Sql;

namespace TransferEngine.Hosting;

/// <summary>Healthy while a job that begins could keep its state.</summary>
internal sealed class JournalHealthCheck(IOptions<JobStoreOptions> options) : IHealthCheck
{
    // The disk may take its time: no thread of a request waits for it.
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.Run(() => Check(context), cancellationToken);

    private HealthCheckResult Check(HealthCheckContext context)
    {
        try
        {
            JournalProbe.Run(options.Value);
            return HealthCheckResult.Healthy("The journal can be written.");
        }
        catch (TransferException e)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, e.Error.ToString());
        }
    }
}
