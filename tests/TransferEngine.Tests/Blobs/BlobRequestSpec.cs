using TransferEngine.Images;
using TransferEngine.Pushers;
using Xunit;
using static TransferEngine.Blobs.BlobProtocol;
using static TransferEngine.Pushers.PusherProtocol;

namespace TransferEngine.Tests.Blobs;

/// <summary>Requests that come twice, and what fails in one of them.</summary>
public sealed class BlobRequestSpec : PartitionSpec
{
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
        Assert.Empty(Target.Requests);
    }

    [Fact]
    public void What_fails_in_one_entry_is_told_to_those_who_wait_for_it_and_to_nobody_else()
    {
        var (first, second) = (CreateTestProbe(), CreateTestProbe());
        var directory = Start();
        Source.LocateFailure = new InvalidOperationException("not expected");
        first.Send(directory, Place("a"));
        second.Send(directory, Place("b"));
        var push = Crew.ExpectMsg<PushBlob>();
        Crew.Reply(new BlobPushed(push.Claim, BlobOutcome.FailedAtSource(new TransferError(ErrorCode.BlobDigestMismatch, "damaged") { Scope = ErrorScope.Blob })));
        Assert.Equal(ErrorCode.Internal, first.ExpectMsg<BlobNotPlaced>().Error.Code);
        Assert.Equal(ErrorCode.Internal, second.ExpectMsg<BlobNotPlaced>().Error.Code);

        Source.LocateFailure = null;
        first.Send(directory, Place("a"));
        Uploaded("a");
        first.ExpectMsg<BlobPlaced>();
    }
}
