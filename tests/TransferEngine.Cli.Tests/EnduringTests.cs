using TransferEngine.Cli.Progress;
using TransferEngine.Cli.Tests.Fakes;
using Xunit;

namespace TransferEngine.Cli.Tests;

public sealed class EnduringTests
{
    [Fact]
    public void A_writer_takes_everything_after_its_first_failure_and_writes_nothing_more()
    {
        using var disk = new FillingWriter(room: 4);
        using var writer = new EnduringWriter(disk) { NewLine = "\n" };
        writer.Write("ab");
        Assert.Null(writer.Failure);
        writer.WriteLine("cdef");
        writer.Write('g');
        writer.Write("hi".AsSpan());
        writer.Write(['j', 'k'], 0, 2);
        writer.Flush();
        Assert.Equal("No space left on device", writer.Failure!.Message);
        Assert.Equal("abcd", disk.ToString());
    }

    [Fact]
    public async Task A_display_that_fails_is_told_once_and_asked_no_more()
    {
        using var errors = new StringWriter();
        using var console = new CliConsole(TextWriter.Null, errors, TextReader.Null, isErrorTerminal: false);
        var inner = new BrokenDisplay();
        await using (var display = new EnduringDisplay(inner, console))
        {
            display.Show(new ImageResult("a", "1", ImageOutcome.Failed, null, null));
            display.Show(new ImageResult("a", "2", ImageOutcome.Failed, null, null));
        }
        Assert.Equal(1, inner.Shown);
        Assert.Equal("The display of the run's progress failed, the run goes on: Out of paint.", errors.ToString().Trim());
    }

    private sealed class BrokenDisplay : IRunDisplay
    {
        public int Shown { get; private set; }

        public void Start(IMigrationProgress progress)
        {
        }

        public void Show(ImageResult result)
        {
            Shown++;
            throw new InvalidOperationException("Out of paint.");
        }

        public ValueTask DisposeAsync() => throw new InvalidOperationException("Out of brushes.");
    }
}
