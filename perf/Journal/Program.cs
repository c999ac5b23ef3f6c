using System.Globalization;
using TransferEngine.Perf.Journal;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
switch (args)
{
    case ["facts", var disk, var memory, var count] when int.TryParse(count, out var rounds) && rounds > 0:
        await FactsAsync([("disk", disk), ("tmpfs", memory)], rounds);
        return 0;
    case ["year", var folder, var count] when int.TryParse(count, out var days) && days > 0:
        await YearAsync(folder, days);
        return 0;
    default:
        Console.Error.WriteLine("""
            usage: perf-journal facts DISK-FOLDER TMPFS-FOLDER ROUNDS    writes and recovers facts on SQLite in both, by turns
                   perf-journal year FOLDER DAYS                         the state of a job that is run daily, for as many days
            """);
        return 2;
}

static async Task FactsAsync((string Name, string Folder)[] places, int rounds)
{
    var results = new List<(string Place, JournalRound Figures)>();
    for (var round = 0; round < rounds; round++)
        foreach (var (name, folder) in round % 2 == 0 ? places : [.. places.Reverse()])
        {
            results.Add((name, await JournalRound.MeasureAsync(folder)));
            Console.Error.WriteLine($"round {round + 1}, {name}: {results[^1].Figures}");
        }
    Console.WriteLine($"| facts per second | {JournalRound.Few:n0}, one by one | {JournalRound.Facts:n0}, {JournalRound.Group} at a time | the same by {JournalRound.Actors} actors at once | recovery of {JournalRound.Facts:n0}, s | bytes a fact |");
    Console.WriteLine("|---|---|---|---|---|---|");
    foreach (var (name, _) in places)
    {
        var own = results.Where(result => result.Place == name).Select(result => result.Figures).ToList();
        Console.WriteLine($"| {name} | {Spread(own.Select(round => round.OneByOne), "n0")} | {Spread(own.Select(round => round.Together), "n0")} | {Spread(own.Select(round => round.AtOnce), "n0")} "
            + $"| {Spread(own.Select(round => round.Recovery), "0.00")} | {own[0].BytesPerFact} |");
    }
}

static async Task YearAsync(string folder, int days)
{
    const int images = 5_000;
    var state = Path.Combine(folder, $"perf-journal-{Guid.NewGuid():N}");
    try
    {
        var job = new DailyRuns(state, images);
        Console.WriteLine($"| {images:n0} images, after day | bytes of all files | facts |");
        Console.WriteLine("|---|---|---|");
        for (var day = 1; day <= days; day++)
        {
            await job.RunAsync();
            if (day is 1 or 2 or 3 or 10 or 30 || day == days)
                Console.WriteLine($"| {day} | {job.State().Bytes:n0} | {job.State().Facts:n0} |");
        }
    }
    finally
    {
        if (Directory.Exists(state))
            Directory.Delete(state, recursive: true);
    }
}

static string Spread(IEnumerable<double> figures, string format)
{
    var sorted = figures.Order().Select(figure => figure.ToString(format, CultureInfo.InvariantCulture)).ToList();
    return $"{sorted[sorted.Count / 2]} ({sorted[0]} to {sorted[^1]})";
}
