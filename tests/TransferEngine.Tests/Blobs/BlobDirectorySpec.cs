using TransferEngine.Blobs;
using TransferEngine.Images;
using TransferEngine.Migrations;
using TransferEngine.Pushers;
using TransferEngine.TestKit.Memory;
using TransferEngine.Tests.Migrations;
using TransferEngine.Tests.Running;
using Xunit;
using static TransferEngine.Blobs.BlobProtocol;
using static TransferEngine.Pushers.PusherProtocol;

namespace TransferEngine.Tests.Blobs;

/// <summary>The directory with a crew and repositories played by probes, and a target in memory for mounts and HEADs.</summary>
public sealed class BlobDirectorySpec : EngineSpec
{
    private static readonly Descriptor Blob = new(MediaType.OciLayerGzip, Digest.OfSha256("blob"u8), 4);

    private readonly MemorySource _source = new();
    private readonly MemoryTarget _target = new();
    private readonly DetachedWork _work = new(4);
    private int _mounts;
    private int _mostMounts;

    public BlobDirectorySpec()
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
    }

    [Fact]
    public void The_first_who_asks_gets_the_blob_uploaded_and_all_others_get_it_mounted_from_there()
    {
        var (crew, first, second) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        var directory = Start(crew.Ref);
        first.Send(directory, Place("a"));
        second.Send(directory, Place("b"));
        Uploaded(crew, "a");

        Assert.Equal(Blob.Digest, first.ExpectMsg<BlobPlaced>().Blob.Digest);
        Assert.Equal(Blob.Digest, second.ExpectMsg<BlobPlaced>().Blob.Digest);
        Assert.Equal([$"MOUNT b {Blob.Digest}"], _target.Requests);
    }

    [Fact]
    public void A_blob_that_is_wrong_at_its_source_fails_for_all_who_wait()
    {
        var (crew, first, second) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        var directory = Start(crew.Ref);
        first.Send(directory, Place("a"));
        second.Send(directory, Place("b"));
        var error = new TransferError(ErrorCode.BlobDigestMismatch, "damaged") { Scope = ErrorScope.Blob };
        var push = crew.ExpectMsg<PushBlob>();
        crew.Reply(new BlobPushed(push, BlobOutcome.FailedAtSource(error)));

        Assert.Equal(error, first.ExpectMsg<BlobNotPlaced>().Error);
        Assert.Equal(error, second.ExpectMsg<BlobNotPlaced>().Error);
    }

    [Fact]
    public void A_damaged_copy_in_one_folder_fails_nobody_who_has_another_copy()
    {
        var (crew, first, second) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        _source.OwnPlaces = true;
        var directory = Start(crew.Ref);
        first.Send(directory, Place("a"));
        second.Send(directory, Place("b"));
        var push = crew.ExpectMsg<PushBlob>();
        crew.Reply(new BlobPushed(push, BlobOutcome.FailedAtSource(new TransferError(ErrorCode.BlobDigestMismatch, "damaged") { Scope = ErrorScope.Blob })));
        first.ExpectMsg<BlobNotPlaced>();
        Uploaded(crew, "b");
        second.ExpectMsg<BlobPlaced>();
    }

    [Fact]
    public void What_only_the_journal_says_is_looked_at_before_it_is_believed()
    {
        var (crew, first, second) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        var directory = Start(crew.Ref);
        first.Send(directory, Place("a"));
        Uploaded(crew, "a");
        first.ExpectMsg<BlobPlaced>();
        var recovered = Restart(directory, first, "a", crew.Ref);
        _target.Lose("a", Blob.Digest);

        second.Send(recovered, Place("a"));
        Uploaded(crew, "a");
        second.ExpectMsg<BlobPlaced>();
        Assert.Equal([$"HEAD-BLOB a {Blob.Digest}"], _target.Requests);
    }

    [Fact]
    public void What_is_to_be_looked_at_again_is_not_believed_while_others_still_wait_for_it()
    {
        var (crew, first, second) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _target.Before = (request, _) => request.StartsWith("MOUNT", StringComparison.Ordinal) ? gate.Task : Task.CompletedTask;
        var directory = Start(crew.Ref);
        first.Send(directory, Place("a"));
        second.Send(directory, Place("b"));
        Uploaded(crew, "a");
        first.ExpectMsg<BlobPlaced>();
        _target.Lose("a", Blob.Digest);
        first.Send(directory, Place("a", mayBeThere: true) with { Recheck = true });
        Uploaded(crew, "a");
        first.ExpectMsg<BlobPlaced>();
        gate.SetResult();
        second.ExpectMsg<BlobPlaced>();
    }

    [Fact]
    public void Two_who_ask_for_one_repository_at_once_make_one_mount()
    {
        var (crew, first, second, third) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        var directory = Start(crew.Ref);
        first.Send(directory, Place("a"));
        second.Send(directory, Place("b"));
        third.Send(directory, Place("b"));
        Uploaded(crew, "a");
        first.ExpectMsg<BlobPlaced>();
        second.ExpectMsg<BlobPlaced>();
        third.ExpectMsg<BlobPlaced>();
        Assert.InRange(_target.Count("MOUNT"), 1, 2);
        Assert.Equal(1, _mostMounts);
    }

    [Fact]
    public void A_repository_that_refuses_leaves_the_upload_to_the_next_who_waits()
    {
        var (crew, first, second) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        var directory = Start(crew.Ref);
        first.Send(directory, Place("a"));
        second.Send(directory, Place("b"));
        Refused(crew);
        first.ExpectMsg<BlobNotPlaced>();
        Uploaded(crew, "b");

        second.ExpectMsg<BlobPlaced>();
    }

    [Fact]
    public void A_blob_that_may_be_there_is_asked_for_before_it_is_uploaded()
    {
        var (crew, asker) = (CreateTestProbe(), CreateTestProbe());
        var directory = Start(crew.Ref);
        asker.Send(directory, Place("a", mayBeThere: true));
        Uploaded(crew, "a");

        asker.ExpectMsg<BlobPlaced>();
        Assert.Equal([$"HEAD-BLOB a {Blob.Digest}"], _target.Requests);
    }

    [Fact]
    public void A_recovered_directory_has_blobs_mounted_from_where_its_journal_says()
    {
        var (crew, first, second) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        second.Send(Recovered(crew, first), Place("b"));
        second.ExpectMsg<BlobPlaced>();
        Assert.Equal([$"MOUNT b {Blob.Digest}"], _target.Requests);
    }

    [Fact]
    public void Of_two_places_on_record_the_later_one_is_believed_since_the_earlier_one_had_lost_the_blob()
    {
        var (crew, first, second, third) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        var directory = Recovered(crew, first);
        _target.Lose("a", Blob.Digest);
        second.Send(directory, Place("b"));
        Uploaded(crew, "b");
        second.ExpectMsg<BlobPlaced>();
        directory = Restart(directory, second, "b", crew.Ref);

        third.Send(directory, Place("c"));
        third.ExpectMsg<BlobPlaced>();
        Assert.Equal([$"MOUNT b {Blob.Digest}", $"MOUNT c {Blob.Digest}"], _target.Requests);
    }

    [Fact]
    public void A_place_that_only_the_journal_knew_and_that_has_lost_the_blob_is_tried_by_one_alone()
    {
        var (crew, first, second, third) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        var directory = Recovered(crew, first);
        _target.Lose("a", Blob.Digest);
        second.Send(directory, Place("b"));
        third.Send(directory, Place("c"));
        Refused(crew);
        second.ExpectMsg<BlobNotPlaced>();
        Uploaded(crew, "c");
        third.ExpectMsg<BlobPlaced>();
        Assert.Equal([$"MOUNT b {Blob.Digest}"], _target.Requests);
    }

    [Fact]
    public void Of_what_is_to_be_looked_at_again_no_other_place_is_believed_either()
    {
        var (crew, first) = (CreateTestProbe(), CreateTestProbe());
        var directory = Start(crew.Ref);
        first.Send(directory, Place("a"));
        Uploaded(crew, "a");
        first.ExpectMsg<BlobPlaced>();
        Watch(crew.LastSender);
        ExpectTerminated(crew.LastSender);
        _target.Lose("a", Blob.Digest);
        first.Send(directory, Place("b", mayBeThere: true) with { Recheck = true });
        Uploaded(crew, "b");
        first.ExpectMsg<BlobPlaced>();
        Assert.Equal([$"HEAD-BLOB b {Blob.Digest}"], _target.Requests);
    }

    [Fact]
    public void Word_of_idleness_that_new_work_has_overtaken_stops_nobody()
    {
        var (crew, first) = (CreateTestProbe(), CreateTestProbe());
        var directory = Start(crew.Ref);
        first.Send(directory, Place("a"));
        var push = crew.ExpectMsg<PushBlob>();
        directory.Tell(new BlobIdle(Blob.Digest, 0));
        first.Send(directory, Place("a"));
        crew.Reply(new BlobPushed(push, BlobOutcome.Uploaded(4)));
        first.ExpectMsg<BlobPlaced>();
        first.ExpectMsg<BlobPlaced>();
    }

    private IActorRef Start(IActorRef crew) => Sys.ActorOf(Props.Create(() => new BlobDirectory("job", crew)));

    /// <summary>A directory that knows from the journal alone that the blob is in a.</summary>
    private IActorRef Recovered(TestProbe crew, TestProbe asker)
    {
        var directory = Start(crew.Ref);
        asker.Send(directory, Place("a"));
        Uploaded(crew, "a");
        asker.ExpectMsg<BlobPlaced>();
        return Restart(directory, asker, "a", crew.Ref);
    }

    /// <summary>A directory that knows only what the journal says, after the one that put it there has all of it on record.</summary>
    private IActorRef Restart(IActorRef directory, TestProbe asker, string repository, IActorRef crew)
    {
        // An answer that comes behind the stored event shows that it is stored.
        asker.Send(directory, Place(repository));
        asker.ExpectMsg<BlobPlaced>();
        Watch(directory);
        Sys.Stop(directory);
        ExpectTerminated(directory);
        return Start(crew);
    }

    private static PlaceBlob Place(string repository, bool mayBeThere = false) =>
        new(Blob, RepositoryName.Parse(repository), RepositoryName.Parse(repository), mayBeThere, Recheck: false);

    /// <summary>The crew's part: the blob goes into the target, and the one who offered it is told.</summary>
    private void Uploaded(TestProbe crew, string repository)
    {
        var push = crew.ExpectMsg<PushBlob>();
        Assert.Equal(repository, push.Place.Target.ToString());
        _target.Put(push.Place.Target, Blob.Digest, "blob"u8.ToArray());
        crew.Reply(new BlobPushed(push, BlobOutcome.Uploaded(4)));
    }

    /// <summary>The crew's part: the repository takes nothing.</summary>
    private static void Refused(TestProbe crew)
    {
        var push = crew.ExpectMsg<PushBlob>();
        crew.Reply(new BlobPushed(push, BlobOutcome.Refused(new TransferError(ErrorCode.Denied, "no right") { Scope = ErrorScope.Repository })));
    }
}
