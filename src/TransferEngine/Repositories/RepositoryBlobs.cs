using TransferEngine.Blobs;
using TransferEngine.Images;
using TransferEngine.Migrations;
using static TransferEngine.Repositories.RepositoryProtocol;

namespace TransferEngine.Repositories;

/// <summary>
/// How a repository gets the blobs that its images need into the target's: each is asked for once, whoever needs it, and again as long as
/// there is no answer. Used by the repository's actor alone, whose messages these are.
/// </summary>
internal sealed class RepositoryBlobs(JobRuntime runtime, RepositoryName source, BlobDirectory directory, IActorRef crew)
{
    private readonly BlobLedger _ledger = new();

    // Where a look costs no request, an image's blobs are looked for in one go, and only those that are missing are asked for. Where
    // repositories of the source share one of the target, only the directory knows what the other one asked for.
    private bool LooksFirst => runtime.Target.LocalPath is not null && runtime.Job.Mapping is not { CanCollide: true };

    /// <summary>An image needs these blobs.</summary>
    /// <param name="image">Who is told when they are in place, or can't be.</param>
    /// <param name="needs">Which.</param>
    /// <param name="target">Where.</param>
    /// <param name="mayHoldContent">Whether the target's repository may hold some of them.</param>
    /// <param name="self">The repository's actor, for what comes back.</param>
    /// <param name="cancellationToken">Stops a look.</param>
    public void Need(IActorRef image, ImageNeeds needs, RepositoryName target, bool mayHoldContent, IActorRef self, CancellationToken cancellationToken)
    {
        var (missing, met) = _ledger.Need(image, needs);
        var places = missing.Select(blob => _ledger.Note(blob.Digest, id =>
            new BlobProtocol.PlaceBlob(id, blob, source, target, mayHoldContent || needs.Recheck, needs.Recheck, crew, needs.Trace))).ToList();
        if (mayHoldContent && LooksFirst && places.Count > 0 && !needs.Recheck)
            BlobCheck.FindAllAsync(runtime, places, cancellationToken).PipeTo(self, failure: _ => new BlobsLookedFor([], places));
        else
            places.ForEach(Ask);
        if (met is not null)
            image.Tell(met);
    }

    /// <summary>An image has come to its end.</summary>
    public void Forget(IActorRef image) => _ledger.Forget(image);

    public void OnLookedFor(BlobsLookedFor looked)
    {
        foreach (var found in looked.Found.GroupBy(found => directory[found.Place.Blob.Digest]))
            found.Key.Tell(new BlobProtocol.BlobsFound(found.First().Place.Target, [.. found]));
        foreach (var (place, length) in looked.Found)
        {
            runtime.Meter.CountAlreadyThere(length);
            Tell(_ledger.Settle(place.Id, new PlacedBlob(place.Blob.Digest, WasThere: true, length == place.Blob.Size ? null : length)));
        }
        foreach (var place in looked.Missing)
            Ask(place);
    }

    public void OnPlaced(BlobProtocol.BlobPlaced placed) => Tell(_ledger.Settle(placed.Id, placed.Blob));

    public void OnNotPlaced(BlobProtocol.BlobNotPlaced failed) => Tell(_ledger.Settle(failed.Id, failed.Digest, failed.Error));

    /// <summary>Asks once more for all that there is no answer to.</summary>
    public void AskAgain()
    {
        foreach (var place in _ledger.Unanswered)
            Ask(place);
    }

    private void Ask(BlobProtocol.PlaceBlob place) => directory[place.Blob.Digest].Tell(place);

    private static void Tell(IEnumerable<(IActorRef Image, NeedsMet Outcome)> settled)
    {
        foreach (var (image, outcome) in settled)
            image.Tell(outcome);
    }
}
