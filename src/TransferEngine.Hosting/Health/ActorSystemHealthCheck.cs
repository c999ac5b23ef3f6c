using Microsoft.Extensions.Diagnostics.HealthChecks;
using TransferEngine.Images;

namespace TransferEngine.Hosting;

/// <summary>Healthy while the actor system in which jobs run answers, and as long as none has begun.</summary>
internal sealed class ActorSystemHealthCheck(IActorSystemProvider systems) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            // An answer that does not come in time ends this by the token, which the caller reports as a failure.
            return await ActorSystemProbe.RunAsync(systems, cancellationToken) is not { } jobs
                ? HealthCheckResult.Healthy("No job has begun yet.")
                : HealthCheckResult.Healthy($"The actor system answers. Jobs at work: {jobs}.", new Dictionary<string, object> { ["jobs"] = jobs });
        }
        catch (TransferException e)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, e.Error.ToString());
        }
    }
}
