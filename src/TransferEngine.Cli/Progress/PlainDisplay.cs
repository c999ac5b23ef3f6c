using TransferEngine.Cli.Wording;

namespace TransferEngine.Cli.Progress;

/// <summary>For logs and pipes: a line every few seconds, and one for each image that is not where it should be.</summary>
internal sealed class PlainDisplay(TextWriter error, TimeProvider time) : IRunDisplay
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    public void Start(IMigrationProgress progress) =>
        _loop = ProgressLoop.RunAsync(progress, Period, time, (snapshot, pace) => error.WriteLine(ProgressText.Line(snapshot, pace)), _stop.Token);

    public void Show(ImageResult result)
    {
        if (ResultText.Of(result) is { } line)
            error.WriteLine(line);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }
}
