namespace TransferEngine.TestKit.Faults;

/// <summary>Which requests meet a fault.</summary>
/// <param name="When">Looks at the request before it is answered.</param>
/// <param name="Fault">What they meet.</param>
public sealed record FaultRule(Func<RecordedRequest, bool> When, Fault Fault)
{
    private int _matched;

    /// <summary>Matching requests that pass unharmed first.</summary>
    public int After { get; init; }

    /// <summary>Matching requests that then meet the fault.</summary>
    public int Times { get; init; } = int.MaxValue;

    /// <summary>Chance of each of them, decided by the registry's seed.</summary>
    public double Probability { get; init; } = 1;

    internal bool Hits(RecordedRequest request, Func<double> chance)
    {
        if (!When(request))
            return false;
        var place = Interlocked.Increment(ref _matched);
        return place > After && place - After <= Times && (Probability >= 1 || chance() < Probability);
    }
}
