using System.Collections.Concurrent;
using System.Globalization;

namespace TransferEngine.Integration.Tests.Faults;

/// <summary>Many seeds, several at once, and what came of them.</summary>
internal static class FaultCampaign
{
    private const int Lanes = 6;

    public static int First { get; } = Variable("FAULTS_FIRST", 1);

    public static int Seeds { get; } = Variable("FAULTS_SEEDS", 100);

    /// <summary>Every so many seeds skopeo looks too.</summary>
    private static int SkopeoEvery { get; } = Variable("FAULTS_SKOPEO_EVERY", 1);

    public static async Task<IReadOnlyList<SeedResult>> RunAsync(int first, int count)
    {
        var seeds = new ConcurrentQueue<int>(Enumerable.Range(first, count));
        var results = new ConcurrentBag<SeedResult>();
        await Task.WhenAll(Enumerable.Range(0, Math.Min(Lanes, count)).Select(async _ =>
        {
            await using var lane = await FaultLane.StartAsync();
            while (seeds.TryDequeue(out var number))
                results.Add(await RunAsync(number, lane));
        }));
        return [.. results.OrderBy(result => result.Seed.Number)];
    }

    private static async Task<SeedResult> RunAsync(int number, FaultLane lane)
    {
        var seed = new FaultSeed(number);
        try
        {
            await using var run = new FaultRun(seed, lane, hasSkopeo: number % SkopeoEvery == 0);
            return await run.RunAsync();
        }
        catch (Exception e)
        {
            // Whatever it is: which seed it was must be known.
            return new SeedResult(seed, [$"{e}"], [], SaidComplete: false, $"{seed}");
        }
    }

    private static int Variable(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
