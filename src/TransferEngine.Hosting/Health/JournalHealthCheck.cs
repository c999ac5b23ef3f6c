using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using TransferEngine.Images;
using TransferEngine.Persistence;

namespace TransferEngine.Hosting;

/// <summary>Healthy while a job that begins could keep its state.</summary>
internal sealed class JournalHealthCheck(IOptions<JobStoreOptions> options) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            // The disk may take its time: no thread of a request waits for it.
            await Task.Run(() => JournalProbe.RunAsync(options.Value, cancellationToken), cancellationToken);
            return HealthCheckResult.Healthy("The journal can be written.");
        }
        catch (TransferException e)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, e.Error.ToString());
        }
    }
}
