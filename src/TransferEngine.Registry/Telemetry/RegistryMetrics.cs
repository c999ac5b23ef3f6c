using System.Diagnostics.Metrics;

namespace TransferEngine.Registry;

/// <summary>The instruments of all registries, on the engine's meter. They live as long as the process.</summary>
internal static class RegistryMetrics
{
    private static readonly Meter Meter = new("TransferEngine", typeof(RegistryMetrics).Assembly.GetName().Version!.ToString(3));

    // An answer takes milliseconds, minutes where a registry stores what it was given; a bucket per doubling or so, as OpenTelemetry has them for HTTP.
    private static readonly InstrumentAdvice<double> Seconds =
        new() { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300] };

    public static readonly Histogram<double> RequestDuration =
        Meter.CreateHistogram("transfer_engine.request.duration", "s", "How long requests to registries took, until the answer's head.", null, Seconds);

    public static readonly Counter<long> RequestRetries =
        Meter.CreateCounter<long>("transfer_engine.request.retries", "{retry}", "Requests to registries that were sent again.");

    public static readonly Histogram<double> PauseDuration =
        Meter.CreateHistogram("transfer_engine.request.pause.duration", "s", "How long requests to registries were kept back.", null, Seconds);
}
