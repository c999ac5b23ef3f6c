using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using TransferEngine.Perf.Actors;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is not ([] or [_]) || !int.TryParse(args.FirstOrDefault("5"), out var rounds) || rounds < 1)
{
    Console.Error.WriteLine("usage: perf-actors [ROUNDS]    the actor kernel beside loops over System.Threading.Channels");
    return 2;
}

IWorkload[] workloads =
[
    new Tells("one to one", senders: 1, receivers: 1, messages: 4_000_000),
    new Tells("four to one", senders: 4, receivers: 1, messages: 4_000_000),
    new Tells("four to a thousand", senders: 4, receivers: 1_000, messages: 4_000_000),
    new PingPong(messages: 2_000_000),
    new Asks(messages: 400_000),
];

Console.WriteLine($"{RuntimeInformation.FrameworkDescription}, {Environment.ProcessorCount} processors, medians of {rounds} alternating rounds after one to warm up.");
Console.WriteLine();
Console.WriteLine("| exchange | actors, million messages/s | channels, million messages/s | actors : channels (lowest to highest round) |");
Console.WriteLine("|---|---|---|---|");
foreach (var workload in workloads)
{
    var actors = new List<double>();
    var channels = new List<double>();
    for (var round = 0; round <= rounds; round++)
    {
        // Each round begins with the other side.
        var first = round % 2 == 0 ? await Rate(workload, workload.RunActors) : 0;
        var second = await Rate(workload, workload.RunChannels);
        first = round % 2 == 0 ? first : await Rate(workload, workload.RunActors);
        if (round == 0)
            continue;
        actors.Add(first);
        channels.Add(second);
    }
    var ratios = actors.Zip(channels, (a, c) => a / c).ToArray();
    Console.WriteLine($"| {workload.Name} | {Median(actors):0.00} | {Median(channels):0.00} | {Median(ratios):0.00} ({ratios.Min():0.00} to {ratios.Max():0.00}) |");
}

var idleActor = await IdleMemory.OfActor();
var idleChannel = await IdleMemory.OfChannel();
Console.WriteLine();
Console.WriteLine($"Heap of one idle receiver: actor {idleActor:0} bytes, channel and its loop {idleChannel:0} bytes.");
return 0;

static async Task<double> Rate(IWorkload workload, Func<Task> run)
{
    GC.Collect();
    var started = Stopwatch.GetTimestamp();
    await run();
    return workload.Messages / Stopwatch.GetElapsedTime(started).TotalSeconds / 1e6;
}

static double Median(IEnumerable<double> values)
{
    var sorted = values.Order().ToArray();
    return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
}
