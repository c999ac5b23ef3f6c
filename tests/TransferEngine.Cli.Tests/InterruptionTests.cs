using System.Text;
using Xunit;

namespace TransferEngine.Cli.Tests;

public sealed class InterruptionTests
{
    [Fact]
    public void The_first_signal_asks_to_stop_and_the_second_one_quits_at_once()
    {
        using var errors = new StringWriter();
        var quits = new List<int>();
        using var interruption = new Interruption(errors, quits.Add);

        interruption.Interrupt();
        Assert.True(interruption.Token.IsCancellationRequested);
        Assert.Empty(quits);
        Assert.Contains("Stopping", errors.ToString(), StringComparison.Ordinal);

        interruption.Interrupt();
        Assert.Equal([130], quits);
    }

    [Fact]
    public void The_run_is_stopped_before_anything_is_said_of_it()
    {
        using var errors = new AskingWriter();
        using var interruption = new Interruption(errors, _ => { });
        errors.Ask = () => interruption.Token.IsCancellationRequested;
        interruption.Interrupt();
        Assert.True(errors.Answer);
    }

    private sealed class AskingWriter : TextWriter
    {
        public Func<bool> Ask { get; set; } = () => false;

        public bool Answer { get; private set; }

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => Answer = Ask();
    }
}
