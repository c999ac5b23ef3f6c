using TransferEngine.Migrations;
using TransferEngine.Pushers;
using TransferEngine.Repositories;

namespace TransferEngine.Tests.Interception;

/// <summary>The engine's actors, as their paths tell them.</summary>
internal static class EngineActors
{
    private const string Jobs = "transfer-jobs";

    /// <summary>Told by death watch, which never gets lost: Akka.NET repeats it itself, also between nodes.</summary>
    private static readonly Type[] ByDeathWatch =
        [typeof(MigrationProtocol.RepositoryGone), typeof(MigrationProtocol.PartGone), typeof(RepositoryProtocol.GroupGone), typeof(PusherProtocol.PusherGone)];

    /// <summary>Null for what is no part of a job.</summary>
    public static string? KindOf(IActorRef? actor)
    {
        if (actor is null || actor.Path.Elements.ToList() is not ["user", Jobs, var job, .. var rest])
            return null;
        return rest is [.., var last] ? last.Split('-')[0] : "supervisor";
    }

    /// <summary>
    /// Whether one actor of a job tells another one something that might get lost. What an actor tells itself, or set going itself and gets
    /// back, is none; nor is what the job's parent says, which is beside its supervisor on any node.
    /// </summary>
    public static bool IsBetween(IActorRef receiver, Envelope envelope) =>
        KindOf(receiver) is not null && KindOf(envelope.Sender) is not null && !receiver.Equals(envelope.Sender)
        && envelope.Message.GetType().Assembly == typeof(MigrationEngine).Assembly && !ByDeathWatch.Contains(envelope.Message.GetType());
}
