using System.Threading.Channels;

namespace TransferEngine.Perf.Actors;

/// <summary>One caller asks and awaits each answer before it asks again.</summary>
internal sealed class Asks(int messages) : IWorkload
{
    private static readonly object Question = new();

    public string Name => "ask";

    public int Messages => messages;

    public async Task RunActors()
    {
        var system = ActorSystem.Create("perf");
        var echo = system.ActorOf(Props.Create(() => new Echo()));
        for (var i = 0; i < messages / 2; i++)
            await echo.Ask<object>(Question, TimeSpan.FromSeconds(10)).ConfigureAwait(false);
        await system.Terminate().ConfigureAwait(false);
    }

    public async Task RunChannels()
    {
        var questions = Channel.CreateUnbounded<TaskCompletionSource<object>>(new UnboundedChannelOptions { SingleReader = true });
        var loop = Task.Run(async () =>
        {
            await foreach (var asked in questions.Reader.ReadAllAsync().ConfigureAwait(false))
                asked.SetResult(Question);
        });
        for (var i = 0; i < messages / 2; i++)
        {
            // With the same time limit as the ask: it is part of what asking costs.
            var answer = new TaskCompletionSource<object>(TaskCreationOptions.RunContinuationsAsynchronously);
            questions.Writer.TryWrite(answer);
            await answer.Task.WaitAsync(TimeSpan.FromSeconds(10)).ConfigureAwait(false);
        }
        questions.Writer.Complete();
        await loop.ConfigureAwait(false);
    }

    private sealed class Echo : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(message, Self);
    }
}
