using TransferEngine.Images;

namespace TransferEngine.Integration.Tests.Faults;

/// <summary>Looks at the target with three pairs of eyes, and compares what they see with what a run said.</summary>
internal sealed class FaultJudge
{
    private readonly FaultSeed _seed;
    private readonly FaultLane _lane;
    private readonly bool _hasSkopeo;
    private readonly StoredImages _stored;

    public FaultJudge(FaultSeed seed, FaultLane lane, bool hasSkopeo)
    {
        _seed = seed;
        _lane = lane;
        _hasSkopeo = hasSkopeo;
        _stored = IsFolders ? new StoredImages.InFolders(lane.Of("folders")) : new StoredImages.InTree(lane.Target.Root);
        Directory.CreateDirectory(lane.Of("look"));
    }

    /// <summary>With nothing in between.</summary>
    public string Target => _seed.Direction switch
    {
        Direction.FaultyRegistryToTree => $"registry-tree:{_lane.Target.Root}",
        Direction.FaultyRegistryToFolders => $"dir:{_lane.Of("folders")}",
        _ => $"docker://{_lane.Target.Host}",
    };

    private string Source => _seed.Direction == Direction.TreeToRegistry ? _lane.Source.Root : $"docker://{_lane.Source.Host}";

    private bool IsFolders => _seed.Direction == Direction.FaultyRegistryToFolders;

    private IReadOnlyList<PlannedImage> Images => _seed.Images.Images;

    public async Task<IReadOnlyList<string>> FindProblemsAsync(RunOutcome run)
    {
        var (faults, verification) = await LookAsync();
        var there = Images.Where(run.SaysThere).ToList();
        return
        [
            .. FindUnknown(run),
            .. Images.SelectMany(image => Compare(image, run, verification, faults[image])),
            .. run.IsComplete && there.Count < Images.Count ? [$"it said complete with {there.Count} of {Images.Count} images"] : Array.Empty<string>(),
            .. verification.IsComplete == faults.Values.All(fault => fault is null) ? [] : new[] { $"verify says complete: {verification.IsComplete}\n{verification.Text}" },
            .. _hasSkopeo ? await AskSkopeoAsync(there) : [],
        ];
    }

    /// <summary>Blobs of which the run said that they are there, or which a look into the repository shows.</summary>
    public Func<string, Digest, bool> BlobsThere(RunOutcome run)
    {
        // In folders a blob lies only with whole images: what was brought for one that failed, and shared with others, is looked for in the failed one's repository alone.
        var said = IsFolders ? [] : Images.Where(run.SaysThere).SelectMany(image => image.Blobs).ToHashSet();
        var linked = _seed.Images.Repositories.SelectMany(repository => Images.SelectMany(image => image.Blobs).Where(digest => _stored.HasBlob(repository, digest))
            .Select(digest => (repository, digest))).ToHashSet();
        return (repository, digest) => said.Contains(digest) || linked.Contains((repository, digest));
    }

    /// <summary>
    /// The files and a verification at one moment: what was on its way when the run ended may still arrive, and then both look again.
    /// </summary>
    private async Task<(Dictionary<PlannedImage, string?> Faults, RunOutcome Verification)> LookAsync()
    {
        while (true)
        {
            var before = Images.ToDictionary(image => image, _stored.FaultOf);
            RunOutcome verification;
            await using (var engine = new EngineRun(FaultSettings.Plain, _lane.Of("look")))
                verification = await engine.VerifyAsync(Source, Target, CancellationToken.None);
            var after = Images.ToDictionary(image => image, _stored.FaultOf);
            if (Images.All(image => before[image] == after[image]))
                return (after, verification);
        }
    }

    private static IEnumerable<string> Compare(PlannedImage image, RunOutcome run, RunOutcome verification, string? fault)
    {
        var isSaidThere = run.SaysThere(image);
        if (!isSaidThere && !run.SaysNotThere(image))
            yield return $"nothing was said of {image.Display}";
        if (isSaidThere && fault is not null)
            yield return $"it said that {image.Display} is there, but {fault}";
        if (isSaidThere && run.Images[image.Display].Digest is var digest && digest != image.Root.Digest)
            yield return $"it said that {image.Display} is {digest}, not {image.Root.Digest}";
        if (verification.SaysThere(image) != (fault is null))
            yield return $"verify says of {image.Display}: {verification.Images.GetValueOrDefault(image.Display)?.Text ?? verification.Text}, and the files: {fault ?? "it is there"}";
    }

    private IEnumerable<string> FindUnknown(RunOutcome run)
    {
        var known = Images.Select(image => image.Display).Concat(_seed.Images.Repositories.Select(repository => $"{repository}:*")).ToHashSet(StringComparer.Ordinal);
        return run.Images.Keys.Where(name => !known.Contains(name)).Select(name => $"it spoke of {name}, which does not exist: {run.Images[name].Text}");
    }

    private Task<IEnumerable<string>> AskSkopeoAsync(IReadOnlyList<PlannedImage> there) =>
        IsFolders ? SkopeoWitness.PushAsync(_lane.Of("folders"), _lane.Target.Host, there) : SkopeoWitness.PullAsync(_lane.Target.Host, there, _lane.Of("look"));
}
