using TransferEngine.Cli.Reports;
using TransferEngine.Cli.Wording;

namespace TransferEngine.Cli.Commands;

/// <summary>A migration as the user sees it, with the word how to go on if it stops before its end.</summary>
internal sealed class MigrationRun(CliConsole console, ITransferEngine engine, TimeProvider time, string? reportPath, bool json, string resume)
{
    public async Task<int> RunAsync(MigrationJob job, CancellationToken cancellationToken)
    {
        var run = new ObservedRun(console, job, time, "migration", reportPath, json);
        try
        {
            var report = await run.RunAsync(observer => engine.MigrateAsync(job, observer, cancellationToken), ResultJson.Migration, report => SummaryText.Of(report, resume));
            if (report.Fatal is { } error)
                console.Error.WriteLine($"transfer: {error}");
            if (json && !report.IsComplete)
                console.Error.WriteLine($"To go on: {resume}");
            return ExitCode.Of(report);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            console.Error.WriteLine($"To go on: {resume}");
            throw;
        }
    }
}
