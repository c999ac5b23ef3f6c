using TransferEngine.Images;
using TransferEngine.TestKit.Line;

namespace TransferEngine.Integration.Tests.Faults;

/// <summary>What came of a seed.</summary>
/// <param name="Seed">Which.</param>
/// <param name="Problems">Where somebody said something else than somebody else; none if all is well.</param>
/// <param name="Met">The faults that took place.</param>
/// <param name="SaidComplete">Whether the first run came to its end in spite of them.</param>
/// <param name="Log">The schedule, both runs and every request of theirs.</param>
internal sealed record SeedResult(FaultSeed Seed, IReadOnlyList<string> Problems, IReadOnlyList<(ProxiedRequest Request, LineFault Fault)> Met, bool SaidComplete, string Log)
{
    public override string ToString() => $"{string.Join('\n', Problems.Select(problem => $"!! {problem}"))}\n{Log}";
}

/// <summary>
/// One seed: a run with its faults, after which all who look at the target agree with what the run said of each image (<see cref="FaultJudge"/>), and a second
/// one without faults, which completes it, brings nothing that is there, and is held to the same.
/// </summary>
internal sealed class FaultRun : IAsyncDisposable
{
    // Only what never ends is found by it.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly FaultSeed _seed;
    private readonly FaultLane _lane;
    private readonly FaultJudge _judge;
    private readonly RecordedLine? _from;
    private readonly RecordedLine? _to;
    private readonly string _state;
    private readonly List<string> _problems = [];
    private readonly List<string> _log = [];

    public FaultRun(FaultSeed seed, FaultLane lane, bool hasSkopeo)
    {
        _seed = seed;
        _lane = lane;
        lane.Empty();
        seed.Images.Write(lane.Source.Root);
        _judge = new FaultJudge(seed, lane, hasSkopeo);
        _from = seed.Direction == Direction.TreeToRegistry ? null : new RecordedLine(lane.Source.Port, seed.IsSourceFaulty ? seed.Meet : null);
        _to = seed.IsIntoFiles ? null : new RecordedLine(lane.Target.Port, seed.IsSourceFaulty ? null : seed.Meet);
        _state = Directory.CreateDirectory(lane.Of($"state/{seed.Number}")).FullName;
    }

    private string Source => _from?.Endpoint ?? _lane.Source.Root;

    private string Target => _to?.Endpoint ?? _judge.Target;

    public async Task<SeedResult> RunAsync()
    {
        _log.Add($"{_seed}");
        var first = await MigrateAsync("first run", _seed.IsProgram, FaultSettings.Of(_seed));
        IReadOnlyList<(ProxiedRequest Request, LineFault Fault)> met = [.. _from?.Met ?? [], .. _to?.Met ?? []];
        _from?.Heal();
        _to?.Heal();
        await JudgeAsync("first run", first);
        if (_seed.Span == Span.Heals && !first.IsComplete && !IsExcused(met))
            _problems.Add("first run: the faults ended, and it did not come to its end");

        var there = _judge.BlobsThere(first);
        var second = await MigrateAsync("second run", isProgram: false, FaultSettings.Plain);
        await JudgeAsync("second run", second);
        if (!second.IsComplete)
            _problems.Add("second run: nothing stood in its way, and it is not complete");
        FindTwice(there);
        return new SeedResult(_seed, _problems, met, first.IsComplete, string.Join('\n', _log));
    }

    public async ValueTask DisposeAsync()
    {
        if (_from is not null)
            await _from.DisposeAsync();
        if (_to is not null)
            await _to.DisposeAsync();
    }

    private async Task<RunOutcome> MigrateAsync(string name, bool isProgram, string settings)
    {
        var outcome = await RunAsync(isProgram, settings).WaitAsync(Patience);
        _log.Add($"  {name}, {outcome.Text}");
        foreach (var (end, line) in new[] { ("source", _from), ("target", _to) })
            if (line is not null)
                _log.Add($"  {name}, requests to the {end}\n{line.Text}");
        return outcome;
    }

    private async Task<RunOutcome> RunAsync(bool isProgram, string settings)
    {
        if (isProgram)
            return await ProgramRun.MigrateAsync(Source, Target, settings, _state);
        await using var engine = new EngineRun(settings, _state);
        return await engine.MigrateAsync(Source, Target, CancellationToken.None);
    }

    private async Task JudgeAsync(string name, RunOutcome outcome)
    {
        foreach (var problem in await _judge.FindProblemsAsync(outcome))
            _problems.Add($"{name}: {problem}");
    }

    /// <summary>What the second run brought: each blob once, and none that it had been told, or finds at the first look, to be there.</summary>
    private void FindTwice(Func<string, Digest, bool> isThere)
    {
        var brought = _to is not null ? _to.Requests.Where(request => request.Method == "PUT" && request.Query.Contains("digest=", StringComparison.Ordinal))
            .Select(request => (Repository(request), Digest.Parse(Uri.UnescapeDataString(request.Query.Split("digest=")[1].Split('&')[0]))))
            : _from!.Requests.Where(request => request.IsBlobGet).Select(request => (Repository(request), Digest.Parse(request.Path[(request.Path.LastIndexOf('/') + 1)..])));
        foreach (var blob in brought.GroupBy(pair => pair.Item2))
        {
            if (blob.Count() > 1)
                _problems.Add($"second run: it brought {blob.Key} {blob.Count()} times");
            foreach (var (repository, digest) in blob.Where(pair => isThere(pair.Item1, pair.Item2)))
                _problems.Add($"second run: it brought {digest} into {repository}, where it was");
        }
    }

    /// <summary>What is told at once although it may pass, as it mostly does not.</summary>
    private static bool IsExcused(IReadOnlyList<(ProxiedRequest Request, LineFault Fault)> met) =>
        // An answer that is cut short, and its length with it, is looked at twice: spoilt again it looks like that at its source.
        met.Count(entry => entry.Fault is LineFault.WrongLength { By: < 0 }) > 1
        // So is a manifest that arrives cut short.
        || met.Count(entry => entry is { Request.Method: "PUT", Fault: LineFault.WrongRequestLength { By: < 0 } } && entry.Request.Path.Contains("/manifests/", StringComparison.Ordinal)) > 1
        // Web pages in answer to the first question: the address is some web server's.
        || met.Count(entry => entry is { Request.Path: "/v2/", Fault: LineFault.Answer { Status: 200 } }) > 1;

    private static string Repository(ProxiedRequest request) => request.Path["/v2/".Length..request.Path.IndexOf("/blobs/", StringComparison.Ordinal)];
}
