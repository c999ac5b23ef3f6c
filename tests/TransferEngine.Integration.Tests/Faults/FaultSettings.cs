namespace TransferEngine.Integration.Tests.Faults;

/// <summary>How patient a run is. Short pauses, as nothing is won by waiting where the line's troubles are counted in requests.</summary>
internal static class FaultSettings
{
    /// <summary>As everybody has it.</summary>
    public const string Plain = "";

    // More tries than a schedule that heals has faults, so that one request may meet them all; an outage ends, so it is waited for.
    private const int EnoughTries = 20;
    private const int FewTries = 1;

    public static string Of(FaultSeed seed)
    {
        var heals = seed.Span == Span.Heals;
        var tries = heals ? EnoughTries : FewTries;
        var serial = seed.IsSerial ? "open-repositories = 1, images-per-repository = 1, pushers = 1, requests = 1" : "";
        return $$"""
            transfer-engine {
              {{serial}}
              repository-retries = {{tries}}, repository-backoff = 1 ms
              blob-retries = {{tries}}, blob-backoff = 1 ms
              registry {
                retry-times = {{tries}}, retry-delay = 1 ms, max-retry-delay = 20 ms
                max-outage = {{(heals ? "60 s" : "200 ms")}}
                connect-timeout = 2 s, idle-timeout = 1 s
              }
            }
            """;
    }
}
