using TransferEngine.TestKit.Line;
using Xunit;
using Xunit.Abstractions;

namespace TransferEngine.Integration.Tests.Faults;

/// <summary>
/// Migrations over a line to a real registry on which things happen, by seeds. After each run what it said of each image is what our own <c>verify</c>,
/// <c>skopeo</c> and the files say; a second run without faults completes it and brings nothing twice. <c>tests/faults</c> runs thousands.
/// </summary>
public sealed class FaultScheduleTests(ITestOutputHelper output)
{
    private const int Batch = 25;

    /// <summary>First seed and number of seeds.</summary>
    public static TheoryData<int, int> Batches()
    {
        var batches = new TheoryData<int, int>();
        for (var done = 0; done < FaultCampaign.Seeds; done += Batch)
            batches.Add(FaultCampaign.First + done, Math.Min(Batch, FaultCampaign.Seeds - done));
        return batches;
    }

    [Theory]
    [MemberData(nameof(Batches))]
    public async Task What_a_run_says_of_each_image_is_so_whatever_happens_on_the_line(int first, int count)
    {
        var results = await FaultCampaign.RunAsync(first, count);
        var met = results.SelectMany(result => result.Met.Select(entry => entry.Fault)).ToList();
        output.WriteLine($"seeds {first} to {first + count - 1}: {results.Count(result => result.SaidComplete)} first runs complete, {met.Count} faults: "
            + string.Join(", ", met.GroupBy(NameOf).OrderBy(group => group.Key).Select(group => $"{group.Key} {group.Count()}")));
        Assert.Equal(count, results.Count);
        var failed = results.Where(result => result.Problems.Count > 0).ToList();
        Assert.True(failed.Count == 0, $"{failed.Count} of {count} seeds: {string.Join(", ", failed.Select(result => result.Seed.Number))}\n{string.Join("\n\n", failed)}");
        // Most schedules hit something: one that hits nothing shows nothing.
        Assert.True(count < Batch || results.Count(result => result.Met.Count > 0) > count / 2, "Hardly any seed met a fault.");
    }

    [Fact]
    public void Every_kind_of_fault_comes_up_in_every_direction_within_the_ordinary_seeds()
    {
        var seeds = Enumerable.Range(1, 100).Select(number => new FaultSeed(number)).ToList();
        Assert.Equal(Enum.GetValues<Direction>(), seeds.Select(seed => seed.Direction).Distinct().Order());
        Assert.Equal(Enum.GetValues<Span>(), seeds.Select(seed => seed.Span).Distinct().Order());
        foreach (var isSourceFaulty in new[] { false, true })
        {
            var kinds = seeds.Where(seed => seed.IsSourceFaulty == isSourceFaulty).SelectMany(seed => seed.Rules).Select(rule => rule.FaultKind).Distinct().Order();
            Assert.Equal(Enum.GetValues<FaultKind>(), kinds);
        }
    }

    [Fact]
    public void A_seed_is_the_same_each_time()
    {
        for (var number = 1; number <= 100; number++)
        {
            var (one, other) = (new FaultSeed(number), new FaultSeed(number));
            Assert.Equal($"{one}", $"{other}");
            Assert.Equal(one.Images.Images.Select(image => image.Root.Digest), other.Images.Images.Select(image => image.Root.Digest));
        }
    }

    private static string NameOf(LineFault fault) => fault is LineFault.Answer answer ? $"{answer.Status}" : fault.GetType().Name;
}
