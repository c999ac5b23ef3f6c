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
public abstract class PartitionSpec : EngineSpec
{
    private protected static readonly Descriptor Blob = new(MediaType.OciLayerGzip, Digest.OfSha256("blob"u8), 4);

    private protected MemorySource Source { get; } = new();
    private protected MemoryTarget Target { get; } = new();
    private readonly DetachedWork _work = new(4);
    private long _asked;
    private int _mounts;

    private protected TestProbe Crew { get; }

    private protected int MostMounts { get; private set; }

    protected PartitionSpec()
    {
        var job = new MigrationJob(Source, Target) { Name = "job" };
        Target.Before = async (request, _) =>
        {
            if (!request.StartsWith("MOUNT", StringComparison.Ordinal))
                return;
            MostMounts = Math.Max(MostMounts, Interlocked.Increment(ref _mounts));
            await Task.Yield();
            Interlocked.Decrement(ref _mounts);
        };
        JobRuntimes.Of(Sys).Add(LiveJob.Of(job, _work));
        Crew = CreateCrew();
    }

    private protected IActorRef Start() => Sys.ActorOf(ActorProps.Of(() => new BlobPartition("job", 0)));

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
    private protected IActorRef Recovered(TestProbe asker)
    {
        var directory = Start();
        asker.Send(directory, Place("a"));
        Uploaded("a");
        asker.ExpectMsg<BlobPlaced>();
        return Restart(directory);
    }

    /// <summary>A directory that knows only what the journal says, after the one before it has put all of it on record.</summary>
    private protected IActorRef Restart(IActorRef directory)
    {
        directory.Tell(WriteAll.Instance, TestActor);
        ExpectMsg<AllWritten>();
        Watch(directory);
        Sys.Stop(directory);
        ExpectTerminated(directory);
        return Start();
    }

    private protected PlaceBlob Place(string repository, bool mayBeThere = false) =>
        new(++_asked, Blob, RepositoryName.Parse(repository), RepositoryName.Parse(repository), mayBeThere, Recheck: false, Crew.Ref);

    /// <summary>The crew's part: the blob goes into the target, and the one who offered it is told.</summary>
    private protected void Uploaded(string repository)
    {
        var push = Crew.ExpectMsg<PushBlob>();
        Assert.Equal(repository, push.Place.Target.ToString());
        Target.Put(push.Place.Target, Blob.Digest, "blob"u8.ToArray());
        Crew.Reply(new BlobPushed(push.Claim, BlobOutcome.Uploaded(4)));
    }

    /// <summary>The crew's part: the repository takes nothing.</summary>
    private protected void Refused()
    {
        var push = Crew.ExpectMsg<PushBlob>();
        Crew.Reply(new BlobPushed(push.Claim, BlobOutcome.Refused(new TransferError(ErrorCode.Denied, "no right") { Scope = ErrorScope.Repository })));
    }
}
