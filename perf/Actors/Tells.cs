using System.Threading.Channels;

namespace TransferEngine.Perf.Actors;

/// <summary>Some threads tell, spread evenly over some receivers, which only count.</summary>
internal sealed class Tells(string name, int senders, int receivers, int messages) : IWorkload
{
    private static readonly object Message = new();

    public string Name => name;

    public int Messages => messages;

    public async Task RunActors()
    {
        var system = ActorSystem.Create("perf");
        using var open = new CountdownEvent(receivers);
        var targets = Enumerable.Range(0, receivers).Select(_ => new Countdown(messages / receivers, open))
            .Select(countdown => system.ActorOf(Props.Create(() => new Receiver(countdown)))).ToArray();
        Send(i => targets[i].Tell(Message, ActorRefs.NoSender));
        open.Wait();
        await system.Terminate().ConfigureAwait(false);
    }

    public async Task RunChannels()
    {
        using var open = new CountdownEvent(receivers);
        var channels = Enumerable.Range(0, receivers)
            .Select(_ => Channel.CreateUnbounded<object>(new UnboundedChannelOptions { SingleReader = true })).ToArray();
        var loops = channels.Select(c => Task.Run(() => Receive(c.Reader, new Countdown(messages / receivers, open)))).ToArray();
        Send(i => channels[i].Writer.TryWrite(Message));
        open.Wait();
        await Task.WhenAll(loops).ConfigureAwait(false);
    }

    private static async Task Receive(ChannelReader<object> reader, Countdown countdown)
    {
        while (await reader.WaitToReadAsync().ConfigureAwait(false))
        {
            while (reader.TryRead(out _))
            {
                if (countdown.Count())
                    return;
            }
        }
    }

    private void Send(Action<int> send)
    {
        var threads = Enumerable.Range(0, senders).Select(_ => new Thread(() =>
        {
            var target = 0;
            for (var i = 0; i < messages / senders; i++)
            {
                send(target);
                target = target + 1 == receivers ? 0 : target + 1;
            }
        })).ToArray();
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
    }

    private sealed class Receiver(Countdown countdown) : UntypedActor
    {
        protected override void OnReceive(object message) => countdown.Count();
    }
}
