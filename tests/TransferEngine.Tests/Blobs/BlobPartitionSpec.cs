using TransferEngine.Blobs;
using TransferEngine.Images;
using TransferEngine.Migrations;
using TransferEngine.Pushers;
using TransferEngine.Running;
using TransferEngine.TestKit.Memory;
using TransferEngine.Tests.Migrations;
using TransferEngine.Tests.Running;
using Xunit;
using static TransferEngine.Blobs.BlobProtocol;
using static TransferEngine.Pushers.PusherProtocol;

namespace TransferEngine.Tests.Blobs;

/// <summary>A partition of the directory with pushers and repositories played by probes, and a target in memory for mounts and HEADs.</summary>
public sealed class BlobPartitionSpec : EngineSpec
{
    private static readonly Descriptor Blob = new(MediaType.OciLayerGzip, Digest.OfSha256("blob"u8), 4);

    private readonly MemorySource _source = new();
    private readonly MemoryTarget _target = new();
    private readonly DetachedWork _work = new(4);
    private readonly TestProbe _crew;
    private long _asked;
    private int _mounts;
    private int _mostMounts;

    public BlobPartitionSpec()
    {
        var job = new MigrationJob(_source, _target) { Name = "job" };
        _target.Before = async (request, _) =>
        {
            if (!request.StartsWith("MOUNT", StringComparison.Ordinal))
                return;
            _mostMounts = Math.Max(_mostMounts, Interlocked.Increment(ref _mounts));
            await Task.Yield();
            Interlocked.Decrement(ref _mounts);
        };
        JobRuntimes.Of(Sys).Add(LiveJob.Of(job, _work));
        _crew = CreateCrew();
    }

    [Fact]
    public void The_first_who_asks_gets_the_blob_uploaded_and_all_others_get_it_mounted_from_there()
    {
        var (first, second) = (CreateTestProbe(), CreateTestProbe());
        var directory = Start();
        first.Send(directory, Place("a"));
        second.Send(directory, Place("b"));
        Uploaded("a");

        Assert.Equal(Blob.Digest, first.ExpectMsg<BlobPlaced>().Blob.Digest);
        Assert.Equal(Blob.Digest, second.ExpectMsg<BlobPlaced>().Blob.Digest);
        Assert.Equal([$"MOUNT b {Blob.Digest}"], _target.Requests);
    }

    [Fact]
    public void A_blob_that_is_wrong_at_its_source_fails_for_all_who_wait()
    {
        var (first, second) = (CreateTestProbe(), CreateTestProbe());
        var directory = Start();
        first.Send(directory, Place("a"));
        second.Send(directory, Place("b"));
        var error = new TransferError(ErrorCode.BlobDigestMismatch, "damaged") { Scope = ErrorScope.Blob };
        var push = _crew.ExpectMsg<PushBlob>();
        _crew.Reply(new BlobPushed(push.Claim, BlobOutcome.FailedAtSource(error)));

        Assert.Equal(error, first.ExpectMsg<BlobNotPlaced>().Error);
        Assert.Equal(error, second.ExpectMsg<BlobNotPlaced>().Error);
    }

    [Fact]
    public void A_damaged_copy_in_one_folder_fails_nobody_who_has_another_copy()
    {
        var (first, second) = (CreateTestProbe(), CreateTestProbe());
        _source.OwnPlaces = true;
        var directory = Start();
        first.Send(directory, Place("a"));
        second.Send(directory, Place("b"));
        var push = _crew.ExpectMsg<PushBlob>();
        _crew.Reply(new BlobPushed(push.Claim, BlobOutcome.FailedAtSource(new TransferError(ErrorCode.BlobDigestMismatch, "damaged") { Scope = ErrorScope.Blob })));
        first.ExpectMsg<BlobNotPlaced>();
        Uploaded("b");
        second.ExpectMsg<BlobPlaced>();
    }

    [Fact]
    public void What_only_the_journal_says_is_looked_at_before_it_is_believed()
    {
        var (first, second) = (CreateTestProbe(), CreateTestProbe());
        var directory = Start();
        first.Send(directory, Place("a"));
        Uploaded("a");
        first.ExpectMsg<BlobPlaced>();
        var recovered = Restart(directory);
        _target.Lose("a", Blob.Digest);

        second.Send(recovered, Place("a"));
        Uploaded("a");
        second.ExpectMsg<BlobPlaced>();
        Assert.Equal([$"HEAD-BLOB a {Blob.Digest}"], _target.Requests);
    }

    [Fact]
    public void What_is_to_be_looked_at_again_is_not_believed_while_others_still_wait_for_it()
    {
        var (first, second) = (CreateTestProbe(), CreateTestProbe());
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _target.Before = (request, _) => request.StartsWith("MOUNT", StringComparison.Ordinal) ? gate.Task : Task.CompletedTask;
        var directory = Start();
        first.Send(directory, Place("a"));
        second.Send(directory, Place("b"));
        Uploaded("a");
        first.ExpectMsg<BlobPlaced>();
        _target.Lose("a", Blob.Digest);
        first.Send(directory, Place("a", mayBeThere: true) with { Recheck = true });
        Uploaded("a");
        first.ExpectMsg<BlobPlaced>();
        gate.SetResult();
        second.ExpectMsg<BlobPlaced>();
    }

    [Fact]
    public void Two_who_ask_for_one_repository_at_once_make_one_mount()
    {
        var (first, second, third) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        var directory = Start();
        first.Send(directory, Place("a"));
        second.Send(directory, Place("b"));
        third.Send(directory, Place("b"));
        Uploaded("a");
        first.ExpectMsg<BlobPlaced>();
        second.ExpectMsg<BlobPlaced>();
        third.ExpectMsg<BlobPlaced>();
        Assert.InRange(_target.Count("MOUNT"), 1, 2);
        Assert.Equal(1, _mostMounts);
    }

    [Fact]
    public void A_repository_that_refuses_leaves_the_upload_to_the_next_who_waits()
    {
        var (first, second) = (CreateTestProbe(), CreateTestProbe());
        var directory = Start();
        first.Send(directory, Place("a"));
        second.Send(directory, Place("b"));
        Refused();
        first.ExpectMsg<BlobNotPlaced>();
        Uploaded("b");

        second.ExpectMsg<BlobPlaced>();
    }

    [Fact]
    public void A_blob_that_may_be_there_is_asked_for_before_it_is_uploaded()
    {
        var asker = CreateTestProbe();
        var directory = Start();
        asker.Send(directory, Place("a", mayBeThere: true));
        Uploaded("a");

        asker.ExpectMsg<BlobPlaced>();
        Assert.Equal([$"HEAD-BLOB a {Blob.Digest}"], _target.Requests);
    }

    [Fact]
    public void A_recovered_directory_has_blobs_mounted_from_where_its_journal_says()
    {
        var (first, second) = (CreateTestProbe(), CreateTestProbe());
        second.Send(Recovered(first), Place("b"));
        second.ExpectMsg<BlobPlaced>();
        Assert.Equal([$"MOUNT b {Blob.Digest}"], _target.Requests);
    }

    [Fact]
    public void Of_two_places_on_record_the_later_one_is_believed_since_the_earlier_one_had_lost_the_blob()
    {
        var (first, second, third) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        var directory = Recovered(first);
        _target.Lose("a", Blob.Digest);
        second.Send(directory, Place("b"));
        Uploaded("b");
        second.ExpectMsg<BlobPlaced>();
        directory = Restart(directory);

        third.Send(directory, Place("c"));
        third.ExpectMsg<BlobPlaced>();
        Assert.Equal([$"MOUNT b {Blob.Digest}", $"MOUNT c {Blob.Digest}"], _target.Requests);
    }

    [Fact]
    public void A_place_that_only_the_journal_knew_and_that_has_lost_the_blob_is_tried_by_one_alone()
    {
        var (first, second, third) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        var directory = Recovered(first);
        _target.Lose("a", Blob.Digest);
        second.Send(directory, Place("b"));
        third.Send(directory, Place("c"));
        Refused();
        second.ExpectMsg<BlobNotPlaced>();
        Uploaded("c");
        third.ExpectMsg<BlobPlaced>();
        Assert.Equal([$"MOUNT b {Blob.Digest}"], _target.Requests);
    }

    [Fact]
    public void Of_what_is_to_be_looked_at_again_no_other_place_is_believed_either()
    {
        var first = CreateTestProbe();
        var directory = Start();
        first.Send(directory, Place("a"));
        Uploaded("a");
        first.ExpectMsg<BlobPlaced>();
        _target.Lose("a", Blob.Digest);
        first.Send(directory, Place("b", mayBeThere: true) with { Recheck = true });
        Uploaded("b");
        first.ExpectMsg<BlobPlaced>();
        Assert.Equal([$"HEAD-BLOB b {Blob.Digest}"], _target.Requests);
    }

    [Fact]
    public void The_same_request_asked_again_is_one()
    {
        var first = CreateTestProbe();
        var directory = Start();
        var place = Place("a");
        first.Send(directory, place);
        first.Send(directory, place);
        first.Send(directory, Place("b"));
        Uploaded("a");
        first.ExpectMsg<BlobPlaced>(placed => Assert.Equal(place.Id, placed.Id));
        first.ExpectMsg<BlobPlaced>(placed => Assert.NotEqual(place.Id, placed.Id));
    }

    [Fact]
    public void A_request_asked_again_after_its_answer_was_lost_is_answered_again()
    {
        var first = CreateTestProbe();
        var directory = Start();
        var place = Place("a");
        first.Send(directory, place);
        Uploaded("a");
        first.ExpectMsg<BlobPlaced>();
        first.Send(directory, place);
        first.ExpectMsg<BlobPlaced>(placed => Assert.Equal(place.Id, placed.Id));
        Assert.Empty(_target.Requests);
    }

    [Fact]
    public void What_fails_in_one_entry_is_told_to_those_who_wait_for_it_and_to_nobody_else()
    {
        var (first, second) = (CreateTestProbe(), CreateTestProbe());
        var directory = Start();
        _source.LocateFailure = new InvalidOperationException("not expected");
        first.Send(directory, Place("a"));
        second.Send(directory, Place("b"));
        var push = _crew.ExpectMsg<PushBlob>();
        _crew.Reply(new BlobPushed(push.Claim, BlobOutcome.FailedAtSource(new TransferError(ErrorCode.BlobDigestMismatch, "damaged") { Scope = ErrorScope.Blob })));
        Assert.Equal(ErrorCode.Internal, first.ExpectMsg<BlobNotPlaced>().Error.Code);
        Assert.Equal(ErrorCode.Internal, second.ExpectMsg<BlobNotPlaced>().Error.Code);

        _source.LocateFailure = null;
        first.Send(directory, Place("a"));
        Uploaded("a");
        first.ExpectMsg<BlobPlaced>();
    }

    private IActorRef Start() => Sys.ActorOf(ActorProps.Of(() => new BlobPartition("job", 0)));

    /// <summary>Pushers played by the test; checks and mounts are the real crew's.</summary>
    private TestProbe CreateCrew()
    {
        var real = Sys.ActorOf(ActorProps.Of(() => new PusherCrew("job")));
        var crew = CreateTestProbe();
        crew.IgnoreMessages(message => message is CheckBlob or MountBlob);
        crew.SetAutoPilot(new DelegateAutoPilot((sender, message) =>
        {
            if (message is CheckBlob or MountBlob)
                real.Tell(message, sender);
            return AutoPilot.KeepRunning;
        }));
        return crew;
    }

    /// <summary>A directory that knows from the journal alone that the blob is in a.</summary>
    private IActorRef Recovered(TestProbe asker)
    {
        var directory = Start();
        asker.Send(directory, Place("a"));
        Uploaded("a");
        asker.ExpectMsg<BlobPlaced>();
        return Restart(directory);
    }

    /// <summary>A directory that knows only what the journal says, after the one before it has put all of it on record.</summary>
    private IActorRef Restart(IActorRef directory)
    {
        directory.Tell(WriteAll.Instance, TestActor);
        ExpectMsg<AllWritten>();
        Watch(directory);
        Sys.Stop(directory);
        ExpectTerminated(directory);
        return Start();
    }

    private PlaceBlob Place(string repository, bool mayBeThere = false) =>
        new(++_asked, Blob, RepositoryName.Parse(repository), RepositoryName.Parse(repository), mayBeThere, Recheck: false, _crew.Ref);

    /// <summary>The crew's part: the blob goes into the target, and the one who offered it is told.</summary>
    private void Uploaded(string repository)
    {
        var push = _crew.ExpectMsg<PushBlob>();
        Assert.Equal(repository, push.Place.Target.ToString());
        _target.Put(push.Place.Target, Blob.Digest, "blob"u8.ToArray());
        _crew.Reply(new BlobPushed(push.Claim, BlobOutcome.Uploaded(4)));
    }

    /// <summary>The crew's part: the repository takes nothing.</summary>
    private void Refused()
    {
        var push = _crew.ExpectMsg<PushBlob>();
        _crew.Reply(new BlobPushed(push.Claim, BlobOutcome.Refused(new TransferError(ErrorCode.Denied, "no right") { Scope = ErrorScope.Repository })));
    }
}
