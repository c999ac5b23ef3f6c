using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using TransferEngine.Hosting;

namespace TransferEngine;

/// <summary>Makes the engine's health known to a host.</summary>
public static class TransferEngineHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds a check of the journal: that the state folder can be written and a database opened in it. The engine itself has been added by
    /// <see cref="TransferEngineServiceCollectionExtensions"/>.
    /// </summary>
    /// <param name="builder">The host's.</param>
    /// <param name="name">Under which it is reported.</param>
    /// <param name="failureStatus">What it is reported as where it fails; unhealthy by default.</param>
    /// <param name="tags">By which checks are chosen.</param>
    public static IHealthChecksBuilder AddTransferEngineJournal(
        this IHealthChecksBuilder builder, string name = "transfer-engine-journal", HealthStatus? failureStatus = null, IEnumerable<string>? tags = null) =>
        builder.AddCheck<JournalHealthCheck>(name, failureStatus, tags ?? []);
}
