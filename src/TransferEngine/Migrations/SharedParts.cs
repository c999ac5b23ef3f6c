using TransferEngine.Blobs;
using TransferEngine.Images;
using TransferEngine.Pushers;
using TransferEngine.Repositories;
using TransferEngine.Running;
using static TransferEngine.Migrations.MigrationProtocol;

namespace TransferEngine.Migrations;

/// <summary>
/// What all repositories of a run share and none can go on without: the crew and the blob directory. Children of the supervisor, which is told
/// by <see cref="PartGone"/> when one of them ends.
/// </summary>
internal sealed class SharedParts
{
    private readonly string _job;
    private readonly IActorRef _crew;
    private readonly BlobDirectory _directory;
    private readonly HashSet<int> _unwritten = [];
    private int _started;

    private SharedParts(string job, IActorRef crew, BlobDirectory directory) => (_job, _crew, _directory) = (job, crew, directory);

    public static SharedParts Start(IUntypedActorContext context, string job, int partitions)
    {
        var crew = context.ActorOf(ActorProps.Of(() => new PusherCrew(job)), "pushers");
        context.WatchWith(crew, new PartGone(new TransferError(ErrorCode.Internal, "The crew of pushers stopped unexpectedly.") { Scope = ErrorScope.Endpoint }));
        return new SharedParts(job, crew, new BlobDirectory([.. Enumerable.Range(0, partitions).Select(StartPartition)]));

        IActorRef StartPartition(int number)
        {
            var partition = context.ActorOf(ActorProps.Of(() => new BlobPartition(job, number)), $"blobs-{number}");
            return context.WatchWith(partition, new PartGone(JournalFailed()));
        }
    }

    /// <summary>Hands a repository out, by making its actor: nobody can miss that, and death watch tells when it is gone.</summary>
    public IActorRef StartRepository(IUntypedActorContext context, RepositoryName repository, bool openedBefore) => context.ActorOf(
        ActorProps.Of(() => new RepositoryActor(_job, repository, _directory, _crew, openedBefore)), $"repository-{++_started}");

    /// <summary>Has all that the directory knows put on record.</summary>
    public void Write()
    {
        _unwritten.UnionWith(Enumerable.Range(0, _directory.Partitions.Count));
        WriteAgain();
    }

    /// <summary>Asks once more those parts of the directory that have not said that they did so.</summary>
    public void WriteAgain()
    {
        foreach (var number in _unwritten)
            _directory.Partitions[number].Tell(BlobProtocol.WriteAll.Instance);
    }

    /// <summary>A part of the directory has done so; true if it was the last, and that was not known before.</summary>
    public bool OnWritten(BlobProtocol.AllWritten written) => _unwritten.Remove(written.Partition) && _unwritten.Count == 0;

    public static TransferError JournalFailed(Exception? cause = null) =>
        new(ErrorCode.JournalFailed, cause is null ? "The job's journal can't be written." : $"The job's journal failed: {Printable.Of(cause.Message)}")
        { Scope = ErrorScope.Endpoint, Hint = "See that the state folder has room and can be written, then run the same command again." };
}
