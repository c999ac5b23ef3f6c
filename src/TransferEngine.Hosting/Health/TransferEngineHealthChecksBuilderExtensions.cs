using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using TransferEngine.Hosting;

namespace TransferEngine;

/// <summary>Makes the engine's health known to a host.</summary>
public static class TransferEngineHealthChecksBuilderExtensions
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Adds both checks: <see cref="AddTransferEngineJournal"/> and <see cref="AddTransferEngineActorSystem"/>.</summary>
    /// <param name="builder">The host's.</param>
    /// <param name="failureStatus">What they are reported as where they fail; unhealthy by default.</param>
    /// <param name="tags">By which checks are chosen.</param>
    public static IHealthChecksBuilder AddTransferEngine(this IHealthChecksBuilder builder, HealthStatus? failureStatus = null, IReadOnlyList<string>? tags = null) =>
        builder.AddTransferEngineJournal(failureStatus: failureStatus, tags: tags).AddTransferEngineActorSystem(failureStatus: failureStatus, tags: tags);

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

    /// <summary>
    /// Adds a check of the actor system in which jobs run: that it has not ended, and answers in time with how many jobs are at work (<c>jobs</c> in the
    /// report's data). It is healthy as long as no job has begun, and starts nothing.
    /// </summary>
    /// <param name="builder">The host's.</param>
    /// <param name="name">Under which it is reported.</param>
    /// <param name="failureStatus">What it is reported as where it fails; unhealthy by default.</param>
    /// <param name="tags">By which checks are chosen.</param>
    /// <param name="timeout">How long an answer may take; 30 seconds by default.</param>
    public static IHealthChecksBuilder AddTransferEngineActorSystem(
        this IHealthChecksBuilder builder, string name = "transfer-engine-actor-system", HealthStatus? failureStatus = null, IEnumerable<string>? tags = null,
        TimeSpan? timeout = null) => builder.AddCheck<ActorSystemHealthCheck>(name, failureStatus, tags ?? [], timeout ?? AnswerTimeout);
}
