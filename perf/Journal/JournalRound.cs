using System.Diagnostics;
using Akka.Actor;
using TransferEngine.Persistence;

namespace TransferEngine.Perf.Journal;

/// <summary>What one round showed: facts per second by way of writing, seconds to recover, size of the database.</summary>
internal sealed record JournalRound(double OneByOne, double Together, double AtOnce, double Recovery, long BytesPerFact)
{
    public const int Facts = 100_000;
    public const int Few = 5_000;
    public const int Group = 20;
    public const int Actors = 8;

    private const int Warm = 100;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    /// <summary>In an empty folder, which is removed afterwards.</summary>
    public static async Task<JournalRound> MeasureAsync(string place)
    {
        var folder = Path.Combine(place, $"perf-journal-{Guid.NewGuid():N}");
        var options = new JobStoreOptions { StateDirectory = folder };
        try
        {
            double oneByOne, together, atOnce;
            await using (var provider = new SqlActorSystem(options))
            {
                var system = await provider.GetAsync(CancellationToken.None);
                // The first write compiles its queries.
                await WriteAsync(system, ["warm"], Warm, 1);
                together = await WriteAsync(system, ["many"], Facts, Group);
                oneByOne = await WriteAsync(system, ["few"], Few, 1);
                atOnce = await WriteAsync(system, [.. Enumerable.Range(0, Actors).Select(i => $"each{i}")], Facts / Actors, Group);
            }
            var bytes = Directory.EnumerateFiles(folder).Sum(file => new FileInfo(file).Length);
            return new JournalRound(oneByOne, together, atOnce, await RecoverAsync(options), bytes / ((2 * Facts) + Few + Warm));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<double> WriteAsync(ActorSystem system, string[] ids, int facts, int together)
    {
        var recorders = ids.Select(id => system.ActorOf(Recorder.Of(id))).ToList();
        foreach (var recorder in recorders)
            await recorder.Ask<int>(new Recorder.HowMany(), Patience);
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(recorders.Select(recorder => recorder.Ask<Recorder.Written>(new Recorder.Write(facts, together), Patience)));
        return ids.Length * facts / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>In a system of its own, as after a start; what is compiled at the first recovery is not in the figure.</summary>
    private static async Task<double> RecoverAsync(JobStoreOptions options)
    {
        await using var provider = new SqlActorSystem(options);
        var system = await provider.GetAsync(CancellationToken.None);
        await system.ActorOf(Recorder.Of("warm")).Ask<int>(new Recorder.HowMany(), Patience);
        var began = Stopwatch.GetTimestamp();
        var recovered = await system.ActorOf(Recorder.Of("many")).Ask<int>(new Recorder.HowMany(), Patience);
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        return recovered == Facts ? seconds : throw new InvalidOperationException($"{recovered} facts of {Facts} came back.");
    }
}
