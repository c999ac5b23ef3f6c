using TransferEngine.Images;
using TransferEngine.Pushers;
using Xunit;
using static TransferEngine.Blobs.BlobProtocol;
using static TransferEngine.Pushers.PusherProtocol;

namespace TransferEngine.Tests.Blobs;

/// <summary>Who uploads, who mounts, and what is believed.</summary>
public sealed class BlobPartitionSpec : PartitionSpec
{
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
        Assert.Equal([$"MOUNT b {Blob.Digest}"], Target.Requests);
    }

    [Fact]
    public void A_blob_that_is_wrong_at_itsSource_fails_for_all_who_wait()
    {
        var (first, second) = (CreateTestProbe(), CreateTestProbe());
        var directory = Start();
        first.Send(directory, Place("a"));
        second.Send(directory, Place("b"));
        var error = new TransferError(ErrorCode.BlobDigestMismatch, "damaged") { Scope = ErrorScope.Blob };
        var push = Crew.ExpectMsg<PushBlob>();
        Crew.Reply(new BlobPushed(push.Claim, BlobOutcome.FailedAtSource(error)));

        Assert.Equal(error, first.ExpectMsg<BlobNotPlaced>().Error);
        Assert.Equal(error, second.ExpectMsg<BlobNotPlaced>().Error);
    }

    [Fact]
    public void A_damaged_copy_in_one_folder_fails_nobody_who_has_another_copy()
    {
        var (first, second) = (CreateTestProbe(), CreateTestProbe());
        Source.OwnPlaces = true;
        var directory = Start();
        first.Send(directory, Place("a"));
        second.Send(directory, Place("b"));
        var push = Crew.ExpectMsg<PushBlob>();
        Crew.Reply(new BlobPushed(push.Claim, BlobOutcome.FailedAtSource(new TransferError(ErrorCode.BlobDigestMismatch, "damaged") { Scope = ErrorScope.Blob })));
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
        Target.Lose("a", Blob.Digest);

        second.Send(recovered, Place("a"));
        Uploaded("a");
        second.ExpectMsg<BlobPlaced>();
        Assert.Equal([$"HEAD-BLOB a {Blob.Digest}"], Target.Requests);
    }

    [Fact]
    public void What_is_to_be_looked_at_again_is_not_believed_while_others_still_wait_for_it()
    {
        var (first, second) = (CreateTestProbe(), CreateTestProbe());
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Target.Before = (request, _) => request.StartsWith("MOUNT", StringComparison.Ordinal) ? gate.Task : Task.CompletedTask;
        var directory = Start();
        first.Send(directory, Place("a"));
        second.Send(directory, Place("b"));
        Uploaded("a");
        first.ExpectMsg<BlobPlaced>();
        Target.Lose("a", Blob.Digest);
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
        Assert.InRange(Target.Count("MOUNT"), 1, 2);
        Assert.Equal(1, MostMounts);
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
        Assert.Equal([$"HEAD-BLOB a {Blob.Digest}"], Target.Requests);
    }

    [Fact]
    public void A_recovered_directory_has_blobs_mounted_from_where_its_journal_says()
    {
        var (first, second) = (CreateTestProbe(), CreateTestProbe());
        second.Send(Recovered(first), Place("b"));
        second.ExpectMsg<BlobPlaced>();
        Assert.Equal([$"MOUNT b {Blob.Digest}"], Target.Requests);
    }

    [Fact]
    public void Of_two_places_on_record_the_later_one_is_believed_since_the_earlier_one_had_lost_the_blob()
    {
        var (first, second, third) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        var directory = Recovered(first);
        Target.Lose("a", Blob.Digest);
        second.Send(directory, Place("b"));
        Uploaded("b");
        second.ExpectMsg<BlobPlaced>();
        directory = Restart(directory);

        third.Send(directory, Place("c"));
        third.ExpectMsg<BlobPlaced>();
        Assert.Equal([$"MOUNT b {Blob.Digest}", $"MOUNT c {Blob.Digest}"], Target.Requests);
    }

    [Fact]
    public void A_place_that_only_the_journal_knew_and_that_has_lost_the_blob_is_tried_by_one_alone()
    {
        var (first, second, third) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        var directory = Recovered(first);
        Target.Lose("a", Blob.Digest);
        second.Send(directory, Place("b"));
        third.Send(directory, Place("c"));
        Refused();
        second.ExpectMsg<BlobNotPlaced>();
        Uploaded("c");
        third.ExpectMsg<BlobPlaced>();
        Assert.Equal([$"MOUNT b {Blob.Digest}"], Target.Requests);
    }

    [Fact]
    public void Of_what_is_to_be_looked_at_again_no_other_place_is_believed_either()
    {
        var first = CreateTestProbe();
        var directory = Start();
        first.Send(directory, Place("a"));
        Uploaded("a");
        first.ExpectMsg<BlobPlaced>();
        Target.Lose("a", Blob.Digest);
        first.Send(directory, Place("b", mayBeThere: true) with { Recheck = true });
        Uploaded("b");
        first.ExpectMsg<BlobPlaced>();
        Assert.Equal([$"HEAD-BLOB b {Blob.Digest}"], Target.Requests);
    }
}
