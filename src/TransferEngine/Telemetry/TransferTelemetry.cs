using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace TransferEngine;

/// <summary>
/// Under which names metrics and traces are told, for <c>AddMeter</c> and <c>AddSource</c>. What there is of them, and of log events, stands in
/// <c>hocon/telemetry.md</c>.
/// </summary>
public static class TransferTelemetry
{
    /// <summary>The <see cref="Meter"/>.</summary>
    public const string MeterName = "TransferEngine";

    /// <summary>The <see cref="ActivitySource"/>.</summary>
    public const string ActivitySourceName = "TransferEngine";

    /// <summary>The category of the engine's log events; those of its registries' begin with it.</summary>
    public const string LogCategory = "TransferEngine";

    internal static string Version { get; } = typeof(TransferTelemetry).Assembly.GetName().Version!.ToString(3);
}
