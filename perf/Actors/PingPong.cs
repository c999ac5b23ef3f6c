using System.Threading.Channels;

namespace TransferEngine.Perf.Actors;

/// <summary>Two parties hand one ball to each other.</summary>
internal sealed class PingPong(int messages) : IWorkload
{
    private static readonly object Ball = new();

    public string Name => "ping-pong";

    public int Messages => messages;

    public async Task RunActors()
    {
        var system = ActorSystem.Create("perf");
        var countdown = new Countdown(messages / 2);
        var pong = system.ActorOf(Props.Create(() => new Player(null)));
        var ping = system.ActorOf(Props.Create(() => new Player(countdown)));
        pong.Tell(Ball, ping);
        await countdown.Done.ConfigureAwait(false);
        await system.Terminate().ConfigureAwait(false);
    }

    public async Task RunChannels()
    {
        var countdown = new Countdown(messages / 2);
        var ping = Channel.CreateUnbounded<object>(new UnboundedChannelOptions { SingleReader = true });
        var pong = Channel.CreateUnbounded<object>(new UnboundedChannelOptions { SingleReader = true });
        var loops = new[] { Task.Run(() => Play(pong, ping, null)), Task.Run(() => Play(ping, pong, countdown)) };
        pong.Writer.TryWrite(Ball);
        await countdown.Done.ConfigureAwait(false);
        await Task.WhenAll(loops).ConfigureAwait(false);
    }

    private static async Task Play(Channel<object> mine, Channel<object> other, Countdown? countdown)
    {
        await foreach (var ball in mine.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            if (countdown?.Count() is true)
            {
                mine.Writer.Complete();
                other.Writer.Complete();
                return;
            }
            other.Writer.TryWrite(ball);
        }
    }

    private sealed class Player(Countdown? countdown) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (countdown?.Count() is not true)
                Sender.Tell(message, Self);
        }
    }
}
