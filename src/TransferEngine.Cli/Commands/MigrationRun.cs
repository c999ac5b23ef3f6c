using TransferEngine.Cli.Reports;
using TransferEngine.Cli.Wording;

namespace TransferEngine.Cli.Commands;

/// <summary>A migration as the user sees it, with the word how to go on if it stops before its end.</summary>
internal sealed class MigrationRun(CliConsole console, ITransferEngine engine, TimeProvider time)
{
    public string? ReportPath { get; init; }

    public bool Json { get; init; }

    /// <summary>The command that goes on with the run.</summary>
    public required string Resume { get; init; }

    public bool AllowEmpty { get; init; }

    public async Task<int> RunAsync(MigrationJob job, CancellationToken cancellationToken)
    {
        var run = new ObservedRun(console, job, time, "migration", ReportPath, Json);
        var form = ResultForms.Migration(Resume, AllowEmpty);
        try
        {
            var report = await run.RunAsync(async observer => WithNotes(job, await engine.MigrateAsync(job, observer, cancellationToken)), form);
            if (report.Fatal is { } error)
                console.Error.WriteLine($"transfer: {error}");
            if (Json && report.NothingSelected is { } miss)
                console.Error.WriteLine($"transfer: {SelectionText.Error(miss)}");
            if (Json && (report.IsInterrupted || report.Fatal is not null || report.Totals.Failed > 0))
                console.Error.WriteLine($"To go on: {Resume}");
            return form.ExitCode(report);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            console.Error.WriteLine($"To go on: {Resume}");
            throw;
        }
    }

    // What a flag gave up is said again where the result is: nobody remembers the command line.
    private static MigrationReport WithNotes(MigrationJob job, MigrationReport report) => job.HashFiles || report.Totals.BlobsTaken == 0 ? report : report with
    {
        Notes = [.. report.Notes, $"Not hashed: {Count.Of(report.Totals.BlobsTaken, "blob")} ({ByteText.Of(report.Totals.BytesTaken)}) taken as files without a look into them; transfer verify --deep looks."],
    };
}
