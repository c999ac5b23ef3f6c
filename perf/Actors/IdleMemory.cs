using System.Threading.Channels;

namespace TransferEngine.Perf.Actors;

/// <summary>Bytes of heap that one waiting receiver costs.</summary>
internal static class IdleMemory
{
    private const int Receivers = 100_000;

    public static async Task<double> OfActor()
    {
        var system = ActorSystem.Create("perf");
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var actors = new IActorRef[Receivers];
        for (var i = 0; i < Receivers; i++)
            actors[i] = system.ActorOf(Props.Create(() => new Idle()));
        // Answered: it is started, and waits.
        foreach (var actor in actors)
            await actor.Ask<object>("there?", TimeSpan.FromSeconds(10)).ConfigureAwait(false);
        var bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)Receivers;
        await system.Terminate().ConfigureAwait(false);
        return bytes;
    }

    public static async Task<double> OfChannel()
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var channels = new Channel<object>[Receivers];
        var loops = new Task[Receivers];
        for (var i = 0; i < Receivers; i++)
        {
            var channel = channels[i] = Channel.CreateUnbounded<object>(new UnboundedChannelOptions { SingleReader = true });
            loops[i] = Receive(channel.Reader);
        }
        var bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)Receivers;
        foreach (var channel in channels)
            channel.Writer.Complete();
        await Task.WhenAll(loops).ConfigureAwait(false);
        return bytes;
    }

    private static async Task Receive(ChannelReader<object> reader)
    {
        await foreach (var message in reader.ReadAllAsync().ConfigureAwait(false))
            GC.KeepAlive(message);
    }

    private sealed class Idle : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(message, Self);
    }
}
