using TransferEngine.TestKit.Line;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Integration.Tests.Faults;

/// <summary>From what to what; the faults are on the line to a registry.</summary>
internal enum Direction
{
    TreeToRegistry,
    RegistryToFaultyRegistry,
    FaultyRegistryToRegistry,
    FaultyRegistryToTree,
    FaultyRegistryToFolders,
}

/// <summary>Whether faults end, and what they are about.</summary>
internal enum Span
{
    /// <summary>Fewer than anybody tries: the run has to come to its end.</summary>
    Heals,

    /// <summary>One blob or repository never gets through.</summary>
    StaysForOne,

    /// <summary>From some request on nothing gets through.</summary>
    Gone,
}

/// <summary>All that a number decides: images, direction, how the run goes about it, and what befalls it.</summary>
internal sealed class FaultSeed
{
    private const int ProgramEvery = 25;

    private static readonly FaultKind[] Kinds = Enum.GetValues<FaultKind>();

    public FaultSeed(int number)
    {
        Number = number;
        var random = new Xoshiro256((ulong)number);
        Direction = (Direction)Math.Max(0, random.Between(-4, 4));
        Images = new ImagePlan(random, isListed: Direction != Direction.TreeToRegistry);
        Span = (int)random.Between(0, 9) switch { < 6 => Span.Heals, < 9 => Span.StaysForOne, _ => Span.Gone };
        IsSerial = random.Between(0, 2) == 0;
        IsProgram = number % ProgramEvery == 0;
        Rules = [.. DrawRules(random)];
    }

    public int Number { get; }

    public Direction Direction { get; }

    public ImagePlan Images { get; }

    public Span Span { get; }

    /// <summary>One thing after the other: then a seed is the same run each time.</summary>
    public bool IsSerial { get; }

    /// <summary>Run as a process of its own, as users do.</summary>
    public bool IsProgram { get; }

    public IReadOnlyList<FaultRule> Rules { get; }

    public bool IsSourceFaulty => Direction >= Direction.FaultyRegistryToRegistry;

    public bool IsIntoFiles => Direction is Direction.FaultyRegistryToTree or Direction.FaultyRegistryToFolders;

    /// <summary>What a request meets; the first rule that hits decides.</summary>
    public LineFault? Meet(ProxiedRequest request)
    {
        LineFault? met = null;
        foreach (var rule in Rules)
            met = rule.Hits(request) ? met ?? rule.Fault : met;
        return met;
    }

    public override string ToString() =>
        $"seed {Number}: {Direction}, {Span}{(IsSerial ? ", one at a time" : "")}{(IsProgram ? ", as a process" : "")}\n  {string.Join("\n  ", Rules)}";

    private IEnumerable<FaultRule> DrawRules(Xoshiro256 random)
    {
        var passing = random.Between(Span == Span.Heals ? 1 : 0, Span == Span.Heals ? 4 : 1);
        for (var i = 0; i < passing; i++)
            yield return Draw(random, DrawRequest(random), "", (int)random.Between(0, 6), (int)random.Between(1, 3));
        if (Span == Span.Gone)
            yield return Draw(random, RequestKind.Any, "", (int)random.Between(0, 40), int.MaxValue);
        if (Span == Span.StaysForOne)
            yield return DrawLasting(random);
    }

    // A blob's upload is known by the digest at its end, a read by its address.
    private FaultRule DrawLasting(Xoshiro256 random)
    {
        var image = Images.Images[(int)random.Between(0, Images.Images.Count - 1)];
        var (kind, part) = (int)random.Between(0, 2) switch
        {
            0 => (IsSourceFaulty ? RequestKind.BlobGet : RequestKind.UploadBody, image.Blobs[(int)random.Between(0, image.Blobs.Count - 1)].Hex),
            1 => (IsSourceFaulty ? RequestKind.ManifestRead : RequestKind.ManifestPut, random.Between(0, 1) == 0 ? $"/{image.Tag}?" : image.Root.Digest.Hex),
            _ => (RequestKind.Any, $"/v2/{image.Repository}/"),
        };
        return Draw(random, kind, part, 0, int.MaxValue);
    }

    private RequestKind DrawRequest(Xoshiro256 random)
    {
        RequestKind[] kinds = IsSourceFaulty
            ? [RequestKind.Any, RequestKind.Base, RequestKind.List, RequestKind.ManifestRead, RequestKind.BlobGet, RequestKind.BlobGet]
            : [RequestKind.Any, RequestKind.Base, RequestKind.ManifestRead, RequestKind.ManifestPut, RequestKind.BlobHead, RequestKind.UploadStart, RequestKind.UploadBody, RequestKind.UploadBody];
        return kinds[random.Between(0, kinds.Length - 1)];
    }

    private static FaultRule Draw(Xoshiro256 random, RequestKind request, string part, int after, int times)
    {
        var kind = Kinds[random.Between(0, Kinds.Length - 1)];
        // What is slow for ever comes whole.
        if (kind == FaultKind.Slow && times == int.MaxValue)
            kind = FaultKind.Drop;
        return new FaultRule(request, part, after, times, kind, FaultKinds.Draw(kind, random));
    }
}
