using TransferEngine.Cli.Progress;
using TransferEngine.Cli.Reports;
using TransferEngine.Images;

namespace TransferEngine.Cli.Commands;

/// <summary>One run of the engine as the user sees it: display while it goes, report file, and the result at its end.</summary>
internal sealed class ObservedRun(CliConsole console, MigrationJob job, TimeProvider time, string kind, string? reportPath, bool json)
{
    public async Task<T> RunAsync<T>(Func<IMigrationObserver, Task<T>> run, ResultForm<T> form)
    {
        using var report = reportPath is null ? null : ReportFile.Create(reportPath, kind, job, time.GetUtcNow());
        if (json)
            JsonLine.Write(console.Out, writer => EventJson.Started(writer, job, kind));
        var result = await WatchAsync(run, report);
        if (report?.Finish(writer => form.Write(writer, result)) is { } failure)
            Lose(failure);
        if (json)
            JsonLine.Write(console.Out, writer => EventJson.Finished(writer, rest => form.Write(rest, result)));
        else
            WriteSummary(form.Text(result));
        return result;
    }

    private async Task<T> WatchAsync<T>(Func<IMigrationObserver, Task<T>> run, ReportFile? report)
    {
        await using var display = new EnduringDisplay(Display(), console);
        try
        {
            return await run(new Observer(display, report));
        }
        catch (Exception e)
        {
            // A report is wanted above all when things went wrong.
            if (report?.Finish(writer => ResultJson.GivenUp(writer, GivenUpFor(e))) is { } failure)
                Lose(failure);
            throw;
        }
    }

    private static TransferError GivenUpFor(Exception e) => e switch
    {
        TransferException known => known.Error,
        OperationCanceledException => new TransferError(ErrorCode.Interrupted, "Stopped before the end."),
        _ => new TransferError(ErrorCode.Internal, e.Message),
    };

    private void Lose(TransferError failure)
    {
        console.Lose(failure);
        if (json)
            JsonLine.Write(console.Out, writer => EventJson.Error(writer, failure));
    }

    private IRunDisplay Display() => json ? new JsonDisplay(console, time)
        : console.IsErrorTerminal ? new LiveDisplay(console.Terminal, time)
        : new PlainDisplay(console.Error, time);

    private void WriteSummary(IEnumerable<string> lines)
    {
        foreach (var line in lines)
            console.Out.WriteLine(line);
    }

    private sealed class Observer(IRunDisplay display, ReportFile? report) : IMigrationObserver
    {
        private readonly LatestProgress _progress = new();

        public void OnStarted(IMigrationProgress progress)
        {
            if (_progress.Follow(progress))
                display.Start(_progress);
        }

        public void OnImage(ImageResult result)
        {
            report?.Add(result);
            display.Show(result);
        }
    }
}
