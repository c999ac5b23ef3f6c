using TransferEngine.Blobs;
using TransferEngine.Images;
using TransferEngine.Migrations;
using TransferEngine.Pushers;
using TransferEngine.Running;
using TransferEngine.TestKit.Memory;
using TransferEngine.Tests.Migrations;
using TransferEngine.Tests.Running;
using Xunit;
using static TransferEngine.Pushers.PusherProtocol;

namespace TransferEngine.Tests.Pushers;

public sealed class PusherCrewSpec : EngineSpec
{
    private const int Pushers = 3;

    private readonly MemorySource _source = new();
    private readonly MemoryTarget _target = new();
    private readonly DetachedWork _work = new(4);
    private readonly IActorRef _crew;
    private long _steps;

    public PusherCrewSpec()
    {
        var options = new EngineOptions { Pushers = Pushers, BlobBackoff = TimeSpan.Zero, BlobRetries = 2 };
        JobRuntimes.Of(Sys).Add(LiveJob.Of(new MigrationJob(_source, _target) { Name = "job" }, _work, options));
        _crew = Sys.ActorOf(ActorProps.Of(() => new PusherCrew("job")));
    }

    [Fact]
    public void No_more_blobs_are_uploaded_at_once_than_there_are_pushers_and_all_get_their_turn()
    {
        var (running, most) = (0, 0);
        _target.Before = async (request, token) =>
        {
            if (!request.StartsWith("PUT-BLOB", StringComparison.Ordinal))
                return;
            InterlockedMax(ref most, Interlocked.Increment(ref running));
            await Task.Yield();
            Interlocked.Decrement(ref running);
        };
        var asker = CreateTestProbe();
        var pushes = Enumerable.Range(0, 50).Select(i => Push(_source.AddBlob($"blob {i}"))).ToList();
        pushes.ForEach(push => asker.Send(_crew, push));
        var answers = pushes.Select(_ => asker.ExpectMsg<BlobProtocol.BlobPushed>()).ToList();

        Assert.All(answers, answer => Assert.Null(answer.Outcome.Error));
        Assert.Equal(pushes.Select(push => push.Blob.Digest).Order(), answers.Select(answer => answer.Claim.Place.Blob.Digest).Order());
        Assert.InRange(most, 1, Pushers);
    }

    [Fact]
    public void A_pusher_that_dies_is_answered_for_and_replaced()
    {
        var asker = CreateTestProbe();
        _target.Before = (request, token) => request.StartsWith("PUT-BLOB", StringComparison.Ordinal) ? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token) : Task.CompletedTask;
        for (var i = 0; i < Pushers; i++)
            asker.Send(_crew, Push(_source.AddBlob($"stuck {i}")));
        AwaitAssert(() => Assert.Equal(Pushers, _target.Count("PUT-BLOB")));
        Sys.ActorSelection(_crew.Path / "pusher-1").Tell(PoisonPill.Instance);
        Assert.NotNull(asker.ExpectMsg<BlobProtocol.BlobPushed>().Outcome.Error);

        // All others are still at work: this one is done by the one who took the place.
        _target.Before = (_, _) => Task.CompletedTask;
        asker.Send(_crew, Push(_source.AddBlob("next")));
        Assert.Null(asker.ExpectMsg<BlobProtocol.BlobPushed>().Outcome.Error);
    }

    [Fact]
    public void A_command_that_comes_again_is_done_once_and_answered_again()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _target.Before = (request, _) => request.StartsWith("PUT-BLOB", StringComparison.Ordinal) ? gate.Task : Task.CompletedTask;
        var asker = CreateTestProbe();
        var push = Push(_source.AddBlob("blob"));
        asker.Send(_crew, push);
        AwaitAssert(() => Assert.Equal(1, _target.Count("PUT-BLOB")));
        asker.Send(_crew, push);
        gate.SetResult();
        asker.ExpectMsg<BlobProtocol.BlobPushed>();
        asker.Send(_crew, push);
        Assert.Equal(push.Claim, asker.ExpectMsg<BlobProtocol.BlobPushed>().Claim);

        var mount = new BlobProtocol.MountBlob(Push(push.Blob).Claim, RepositoryName.Parse("a"), null);
        asker.Send(_crew, mount);
        Assert.True(asker.ExpectMsg<BlobProtocol.BlobMounted>().Result.IsMounted);
        asker.Send(_crew, mount);
        Assert.True(asker.ExpectMsg<BlobProtocol.BlobMounted>().Result.IsMounted);
        Assert.Equal((1, 1), (_target.Count("PUT-BLOB"), _target.Count("MOUNT")));
    }

    [Fact]
    public void The_same_step_of_another_directory_is_another_command()
    {
        var push = Push(_source.AddBlob("blob"));
        foreach (var asker in new[] { CreateTestProbe(), CreateTestProbe() })
        {
            asker.Send(_crew, push);
            asker.ExpectMsg<BlobProtocol.BlobPushed>();
        }
        Assert.Equal(2, _target.Count("PUT-BLOB"));
    }

    [Fact]
    public void A_broken_upload_is_tried_as_often_as_the_options_say()
    {
        _target.Before = (request, _) => request.StartsWith("PUT-BLOB", StringComparison.Ordinal)
            ? throw new TransferException(new TransferError(ErrorCode.ServerError, "status 500") { IsTransient = true })
            : Task.CompletedTask;
        var asker = CreateTestProbe();
        asker.Send(_crew, Push(_source.AddBlob("blob")));

        Assert.Equal(ErrorCode.ServerError, asker.ExpectMsg<BlobProtocol.BlobPushed>().Outcome.Error!.Code);
        Assert.Equal(3, _target.Count("PUT-BLOB"));
    }

    [Fact]
    public void What_can_not_be_opened_at_the_source_opens_no_session_at_the_target()
    {
        var asker = CreateTestProbe();
        asker.Send(_crew, Push(new Descriptor("x", Digest.OfSha256([1]), 1)));
        Assert.Equal(ErrorCode.BlobMissing, asker.ExpectMsg<BlobProtocol.BlobPushed>().Outcome.Error!.Code);
        Assert.Empty(_target.Requests);
    }

    [Fact]
    public void A_crew_that_is_stopped_cancels_the_sessions_of_those_who_still_wait()
    {
        _target.Before = (request, token) => request.StartsWith("PUT-BLOB", StringComparison.Ordinal) ? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token) : Task.CompletedTask;
        for (var i = 0; i < Pushers; i++)
            _crew.Tell(Push(_source.AddBlob($"stuck {i}")));
        AwaitAssert(() => Assert.Equal(Pushers, _target.Count("PUT-BLOB")));
        var waiting = RepositoryName.Parse("waiting");
        _crew.Tell(Push(_source.AddBlob("blob"), new UploadSession(waiting, new Uri("http://memory/upload"), 0)));
        // Not this actor, who is told first what became of the blobs.
        var watcher = CreateTestProbe();
        watcher.Watch(_crew);
        _crew.Tell(PoisonPill.Instance);
        watcher.ExpectTerminated(_crew);
        AwaitAssert(() => Assert.Equal(Pushers + 1, _target.Count("CANCEL")));
        Assert.Contains("CANCEL waiting", _target.Requests);
    }

    private PushBlob Push(Descriptor blob, UploadSession? session = null)
    {
        var repository = session?.Repository ?? RepositoryName.Parse("a");
        var place = new BlobProtocol.PlaceBlob(1, blob, repository, repository, MayBeThere: false, Recheck: false, ActorRefs.Nobody);
        return new PushBlob(new BlobClaim(place, ActorRefs.Nobody, ++_steps), session);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        int seen;
        while (value > (seen = Volatile.Read(ref most)) && Interlocked.CompareExchange(ref most, value, seen) != seen)
        {
        }
    }
}
