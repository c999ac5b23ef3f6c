using TransferEngine.Cli.Reports;
using TransferEngine.Cli.Wording;

namespace TransferEngine.Cli.Progress;

/// <summary>For machines: one JSON event per line on standard output. Failures still go to standard error in words.</summary>
internal sealed class JsonDisplay(CliConsole console, TimeProvider time) : IRunDisplay
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    public void Start(IMigrationProgress progress) => _loop = ProgressLoop.RunAsync(
        progress, Period, time, (snapshot, pace) => JsonLine.Write(console.Out, writer => EventJson.Progress(writer, snapshot, pace)), _stop.Token);

    public void Show(ImageResult result)
    {
        JsonLine.Write(console.Out, writer => EventJson.Image(writer, result));
        if (ResultText.Of(result) is { } line)
            console.Error.WriteLine(line);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }
}
