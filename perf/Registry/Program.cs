using System.Globalization;
using TransferEngine.Perf.Registry;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is not ([_] or [_, _]) || !int.TryParse(args.ElementAtOrDefault(1) ?? "5", out var rounds) || rounds < 1)
{
    Console.Error.WriteLine("usage: perf-registry TRANSFER [ROUNDS]    `TRANSFER serve --writable` beside docker-registry, both on tmpfs");
    return 2;
}

var small = Blob.Make(4_000, 4 * 1024);
var large = Blob.Make(48, 32 * 1024 * 1024);
(string Name, bool IsRate, Func<Load, Task<Phase>> Run)[] phases =
[
    ("push 4,000 blobs of 4 KiB", true, load => load.PushAsync(small)),
    ("pull them", true, load => load.PullAsync(small)),
    ("push 4,000 manifests", true, load => load.PushManifestsAsync(small)),
    ("pull them by tag", true, load => load.PullManifestsAsync(small)),
    ("push 48 blobs of 32 MiB", false, load => load.PushAsync(large)),
    ("pull them", false, load => load.PullAsync(large)),
];
var results = phases.Select(_ => (Ours: new List<Phase>(), Theirs: new List<Phase>())).ToArray();
var peaks = (Ours: new List<double>(), Theirs: new List<double>());
for (var round = 0; round < rounds; round++)
{
    foreach (var ours in round % 2 == 0 ? new[] { true, false } : [false, true])
    {
        using var server = ours ? await Server.StartOursAsync(args[0]) : await Server.StartDebiansAsync();
        using var load = new Load(server);
        for (var i = 0; i < phases.Length; i++)
            (ours ? results[i].Ours : results[i].Theirs).Add(await phases[i].Run(load));
        (ours ? peaks.Ours : peaks.Theirs).Add(server.PeakBytes / 1e6);
        Console.Error.WriteLine($"round {round + 1}: {(ours ? "transfer serve" : "docker-registry")}");
    }
}

Console.WriteLine($"{Environment.ProcessorCount} processors, {Load.Clients} clients on the same machine, storage on tmpfs, medians of {rounds} alternating rounds.");
Console.WriteLine();
Console.WriteLine("| phase | transfer serve | docker-registry | ratio (lowest to highest round) | CPU s of transfer serve | of docker-registry |");
Console.WriteLine("|---|---|---|---|---|---|");
for (var i = 0; i < phases.Length; i++)
{
    var (name, isRate, _) = phases[i];
    double Speed(Phase phase) => isRate ? phase.Requests / phase.Seconds : phase.Bytes / phase.Seconds / 1e6;
    var unit = isRate ? "requests/s" : "MB/s";
    var (ours, theirs) = results[i];
    var ratios = ours.Zip(theirs, (a, b) => Speed(a) / Speed(b)).ToArray();
    Console.WriteLine($"| {name} | {Median(ours.Select(Speed)):0} {unit} | {Median(theirs.Select(Speed)):0} {unit} | {Median(ratios):0.00} ({ratios.Min():0.00} to {ratios.Max():0.00}) | {Median(ours.Select(phase => phase.ServerCpu)):0.0} | {Median(theirs.Select(phase => phase.ServerCpu)):0.0} |");
}
Console.WriteLine();
Console.WriteLine($"Peak memory: transfer serve {Median(peaks.Ours):0} MB, docker-registry {Median(peaks.Theirs):0} MB.");
return 0;

static double Median(IEnumerable<double> values)
{
    var sorted = values.Order().ToArray();
    return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
}
