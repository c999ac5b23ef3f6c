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
}
