using TransferEngine.Blobs;
using TransferEngine.Images;
using TransferEngine.Pushers;
using TransferEngine.Running;
using static TransferEngine.Migrations.MigrationProtocol;

namespace TransferEngine.Migrations;

/// <summary>
/// What all repositories of a run share and none can go on without: the crew and the blob directory. Children of the supervisor, which is told
/// by <see cref="PartGone"/> when one of them ends.
/// </summary>
internal sealed class SharedParts
{
    private int _unwritten;

    private SharedParts(IActorRef crew, BlobDirectory directory) => (Crew, Directory) = (crew, directory);

    public IActorRef Crew { get; }

    public BlobDirectory Directory { get; }

    public static SharedParts Start(IUntypedActorContext context, string job, int partitions)
    {
        var crew = context.ActorOf(ActorProps.Of(() => new PusherCrew(job)), "pushers");
        context.WatchWith(crew, new PartGone(new TransferError(ErrorCode.Internal, "The crew of pushers stopped unexpectedly.") { Scope = ErrorScope.Endpoint }));
        return new SharedParts(crew, new BlobDirectory([.. Enumerable.Range(0, partitions).Select(StartPartition)]));

        IActorRef StartPartition(int number)
        {
            var partition = context.ActorOf(ActorProps.Of(() => new BlobPartition(job, number)), $"blobs-{number}");
            return context.WatchWith(partition, new PartGone(JournalFailed()));
        }
    }

    /// <summary>Has all that the directory knows put on record.</summary>
    public void Write()
    {
        _unwritten = Directory.Partitions.Count;
        foreach (var partition in Directory.Partitions)
            partition.Tell(BlobProtocol.WriteAll.Instance);
    }

    /// <summary>A part of the directory has done so; true if it was the last.</summary>
    public bool OnWritten() => --_unwritten == 0;

    public static TransferError JournalFailed(Exception? cause = null) =>
        new(ErrorCode.JournalFailed, cause is null ? "The job's journal can't be written." : $"The job's journal failed: {Printable.Of(cause.Message)}")
        { Scope = ErrorScope.Endpoint, Hint = "See that the state folder has room and can be written, then run the same command again." };
}
