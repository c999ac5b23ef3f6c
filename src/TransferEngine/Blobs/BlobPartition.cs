using TransferEngine.Images;
using TransferEngine.Migrations;
using TransferEngine.Repositories;
using TransferEngine.Running;
using static TransferEngine.Blobs.BlobProtocol;

namespace TransferEngine.Blobs;

/// <summary>
/// A part of the blob directory: knows for each of its digests where in the target it is, and has one entry decide on all requests for it. So
/// a blob is uploaded by one and mounted by all others, never uploaded twice. What was uploaded is put on record.
/// </summary>
internal sealed class BlobPartition : JournaledActor, IBlobWork
{
    private readonly JobRuntime _runtime;
    private readonly int _number;
    private readonly bool _isWithinOneRegistry;
    private readonly BlobDirectoryState _state;
    private readonly Dictionary<Digest, BlobEntry> _entries = [];
    private readonly RecentAnswers<object> _answers = new(_ => true);
    private long _steps;

    public BlobPartition(string job, int number)
    {
        _runtime = JobRuntimes.Of(Context.System)[job];
        _number = number;
        _isWithinOneRegistry = _runtime.Job.IsWithinOneRegistry;
        _state = new BlobDirectoryState(_runtime.Job.KnownLocations);
    }

    public override string PersistenceId => _runtime.Job.PersistenceIdOfBlobs(_number);

    protected override void OnRecover(object message)
    {
        if (message is IJobEvent fact)
            _state.Apply(fact);
    }

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case PlaceBlob place:
                OnPlaceBlob(new BlobClaim(place, Sender));
                break;
            case BlobsFound found:
                foreach (var blob in found.Blobs)
                    _state.Locate(blob.Place.Blob.Digest, new BlobLocation(found.Target, IsSure: true, WasThere: true, blob.Length));
                break;
            case BlobChecked found:
                Decide(found.Claim, entry => entry.OnChecked(found.Claim, found.Length));
                break;
            case BlobMounted mounted:
                Decide(mounted.Claim, entry => entry.OnMounted(mounted.Claim, mounted.Result));
                break;
            case BlobPushed pushed:
                Decide(pushed.Claim, entry => entry.OnPushed(pushed.Claim, pushed.Outcome));
                break;
            case BlobRequestFailed failed:
                Decide(failed.Claim, entry => entry.OnFailed(failed.Claim, failed.Error));
                break;
            case FactBuffer.WriteNow:
                Write();
                break;
            case WriteAll:
                Write();
                DeferAsync(Sender, asker => asker.Tell(new AllWritten(_number)));
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    protected override void PostStop()
    {
        foreach (var (digest, entry) in _entries)
            entry.Abandon(Unexpected(digest));
        base.PostStop();
    }

    private void OnPlaceBlob(BlobClaim claim)
    {
        if (_answers.Find(claim.Asker, claim.Place.Id) is { } answer)
        {
            claim.Asker.Tell(answer);
            return;
        }
        var (digest, recheck) = (claim.Place.Blob.Digest, claim.Place.Recheck);
        if (!_entries.TryGetValue(digest, out var entry))
            _entries.Add(digest, entry = new BlobEntry(digest, _state.Find(digest) ?? AtSource(claim.Place), this));
        if (recheck && entry.IsIdle)
            _state.Forget(digest);
        Decide(claim, known => known.Ask(claim));
    }

    // Where source and target are one registry, the repository that the blob would be read from has it already.
    private BlobLocation? AtSource(PlaceBlob place) => _isWithinOneRegistry ? new BlobLocation(place.Source) : null;

    /// <summary>What goes wrong in here is this blob's alone: those who wait for it are told, and all others go on.</summary>
    private void Decide(BlobClaim claim, Action<BlobEntry> step)
    {
        var digest = claim.Place.Blob.Digest;
        if (!_entries.TryGetValue(digest, out var entry))
            return;
        try
        {
            step(entry);
        }
        catch (Exception e)
        {
            _runtime.NoteFailure(Self, e);
            entry.Abandon(Unexpected(digest));
        }
        if (entry.IsIdle)
            _entries.Remove(digest);
    }

    private void Write() => WriteFacts(_ => { });

    long IBlobWork.NextStep() => ++_steps;

    // Where the asker is: bytes never cross nodes.
    void IBlobWork.Send(IBlobCommand command) => command.Claim.Place.Crew.Tell(command);

    void IBlobWork.Located(Digest digest, BlobLocation location, bool isUploaded)
    {
        _state.Locate(digest, location);
        if (isUploaded && Facts.Add([new BlobUploaded(digest.ToString(), location.Repository.ToString(), location.Length ?? 0)]))
            Write();
    }

    void IBlobWork.Answer(BlobClaim claim, PlacedBlob placed) => Answer(claim, new BlobPlaced(claim.Place.Id, placed));

    void IBlobWork.Answer(BlobClaim claim, TransferError error) => Answer(claim, new BlobNotPlaced(claim.Place.Id, claim.Place.Blob.Digest, error));

    // Folders of images have a copy each; a registry has one, but may show it to one repository only.
    string IBlobWork.ContentOf(PlaceBlob place) => _runtime.Source.Locate(place.Source, place.Blob.Digest) ?? place.Source.ToString();

    private void Answer(BlobClaim claim, object answer)
    {
        _answers.Add(claim.Asker, claim.Place.Id, answer);
        claim.Asker.Tell(answer);
    }

    private static TransferError Unexpected(Digest digest) => new(ErrorCode.Internal, "The work on this blob stopped unexpectedly.") { Digest = digest };
}
