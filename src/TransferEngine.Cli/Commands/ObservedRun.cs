using System.Text.Json;
using TransferEngine.Cli.Progress;
using TransferEngine.Cli.Reports;
using TransferEngine.Images;

namespace TransferEngine.Cli.Commands;

/// <summary>One run of the engine as the user sees it: display while it goes, report file, and the result at its end.</summary>
internal sealed class ObservedRun(CliConsole console, MigrationJob job, TimeProvider time, string kind, string? reportPath, bool json)
{
    public async Task<T> RunAsync<T>(
        Func<IMigrationObserver, Task<T>> run, Action<Utf8JsonWriter, T> writeResult, Func<T, IEnumerable<string>> summarise)
    {
        using var report = reportPath is null ? null : ReportFile.Create(reportPath, kind, job, time.GetUtcNow());
        if (json)
            JsonLine.Write(console.Out, writer => EventJson.Started(writer, job));
        var result = await WatchAsync(run, report);
        report?.Finish(writer => writeResult(writer, result));
        if (json)
            JsonLine.Write(console.Out, writer => EventJson.Finished(writer, rest => writeResult(rest, result)));
        else
            WriteSummary(summarise(result));
        return result;
    }

    private async Task<T> WatchAsync<T>(Func<IMigrationObserver, Task<T>> run, ReportFile? report)
    {
        await using var display = Display();
        try
        {
            return await run(new Observer(display, report));
        }
        catch (TransferException e)
        {
            // A report is wanted above all when things went wrong.
            report?.Finish(writer => ResultJson.GivenUp(writer, e.Error));
            throw;
        }
        catch (OperationCanceledException)
        {
            report?.Finish(writer => ResultJson.GivenUp(writer, new TransferError(ErrorCode.Interrupted, "Stopped before the end.")));
            throw;
        }
    }

    private IRunDisplay Display() => json ? new JsonDisplay(console, time)
        : console.IsErrorTerminal ? new LiveDisplay(console.Error, time)
        : new PlainDisplay(console.Error, time);

    private void WriteSummary(IEnumerable<string> lines)
    {
        foreach (var line in lines)
            console.Out.WriteLine(line);
    }

    private sealed class Observer(IRunDisplay display, ReportFile? report) : IMigrationObserver
    {
        public void OnStarted(IMigrationProgress progress) => display.Start(progress);

        public void OnImage(ImageResult result)
        {
            report?.Add(result);
            display.Show(result);
        }
    }
}
