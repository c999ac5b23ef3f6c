using TransferEngine.TestKit.Line;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Integration.Tests.Faults;

/// <summary>What can befall a request: the alphabet of the schedules.</summary>
internal enum FaultKind
{
    Cut,
    Reset,
    Stall,
    Drop,
    Refuse,
    Slow,
    TooManySeconds,
    TooManyDate,
    UnavailableSeconds,
    UnavailableDate,
    LongerAnswer,
    ShorterAnswer,
    LongerRequest,
    ShorterRequest,
    Page,
}

/// <summary>Makes a <see cref="LineFault"/> of a kind, its places in the bytes drawn from the seed.</summary>
internal static class FaultKinds
{
    private const string Html = "<!DOCTYPE html><html><body>Please log in to the network.</body></html>";

    public static LineFault Draw(FaultKind kind, Xoshiro256 random) => kind switch
    {
        FaultKind.Cut or FaultKind.Reset => Cut(random, kind == FaultKind.Reset),
        FaultKind.Stall => random.Between(0, 1) == 0 ? new LineFault.StallAnswer(Place(random)) : new LineFault.StallRequest(Place(random)),
        // Taken by the network, and never heard of again.
        FaultKind.Drop => new LineFault.StallRequest(0),
        FaultKind.Refuse => new LineFault.Restart(TimeSpan.FromMilliseconds(random.Between(1, 80))),
        FaultKind.Slow => new LineFault.Slow((int)random.Between(100_000, 2_000_000)),
        FaultKind.TooManySeconds => Busy(429, $"{random.Between(0, 3)}"),
        FaultKind.TooManyDate => Busy(429, Date(random)),
        FaultKind.UnavailableSeconds => Busy(503, $"{random.Between(0, 3)}"),
        FaultKind.UnavailableDate => Busy(503, Date(random)),
        FaultKind.LongerAnswer => new LineFault.WrongLength((int)random.Between(1, 5_000)),
        FaultKind.ShorterAnswer => new LineFault.WrongLength(-(int)random.Between(1, 500)),
        FaultKind.LongerRequest => new LineFault.WrongRequestLength((int)random.Between(1, 5_000)),
        FaultKind.ShorterRequest => new LineFault.WrongRequestLength(-(int)random.Between(1, 500)),
        FaultKind.Page => new LineFault.Answer(200, Html, ("Content-Type", "text/html")),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private static LineFault Cut(Xoshiro256 random, bool byReset) =>
        random.Between(0, 1) == 0 ? new LineFault.CutAnswer(Place(random), byReset) : new LineFault.CutRequest(Place(random), byReset);

    private static LineFault.Answer Busy(int status, string retryAfter) => new(status, "", ("Retry-After", retryAfter));

    // Relative to a fixed moment long ago or far ahead: a schedule must not depend on the clock.
    private static string Date(Xoshiro256 random) =>
        new DateTimeOffset(random.Between(0, 1) == 0 ? 2020 : 2100, 1, 1, 0, 0, (int)random.Between(0, 59), TimeSpan.Zero).ToString("R");

    // Heads have a few hundred bytes, manifests and small layers a few thousand, few have more: each order of magnitude up to there is as likely.
    private static long Place(Xoshiro256 random) => random.Between(0, 1L << (int)random.Between(0, 13));
}
