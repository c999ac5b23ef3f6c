using Spectre.Console;
using Spectre.Console.Rendering;
using TransferEngine.Cli.Wording;

namespace TransferEngine.Cli.Progress;

/// <summary>For a terminal: a few lines that are redrawn in place, with failures scrolling past above them.</summary>
internal sealed class LiveDisplay : IRunDisplay
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(200);

    private readonly CancellationTokenSource _stop = new();
    private readonly IAnsiConsole _console;
    private readonly TimeProvider _time;
    private Task _loop = Task.CompletedTask;

    /// <param name="error">The terminal.</param>
    /// <param name="time">The clock.</param>
    public LiveDisplay(TextWriter error, TimeProvider time)
    {
        _console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error), Interactive = InteractionSupport.Yes, Ansi = AnsiSupport.Yes });
        _time = time;
    }

    public void Start(IMigrationProgress progress) =>
        _loop = _console.Live(new Text("")).AutoClear(true).StartAsync(live =>
            ProgressLoop.RunAsync(progress, Period, _time, (snapshot, pace) => live.UpdateTarget(Draw(snapshot, pace)), _stop.Token));

    public void Show(ImageResult result)
    {
        if (ResultText.Of(result) is { } line)
            _console.Write(new Text(line + Environment.NewLine));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    private Rows Draw(ProgressSnapshot snapshot, Pace pace)
    {
        var width = Math.Max(20, _console.Profile.Width - 1);
        IEnumerable<IRenderable> crew = ProgressText.Pushers(snapshot, width).Select(line => new Text(line));
        return new Rows(crew.Prepend(new Text(ProgressText.Fit(ProgressText.Line(snapshot, pace), width), new Style(decoration: Decoration.Bold))));
    }
}
