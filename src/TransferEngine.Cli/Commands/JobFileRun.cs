using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using TransferEngine.Cli.Reports;
using TransferEngine.Hosting;
using TransferEngine.Images;

namespace TransferEngine.Cli.Commands;

/// <summary>Runs the jobs of a file one after the other. One that can't be run does not keep the next from running; a signal does.</summary>
internal sealed class JobFileRun(CliConsole console, JobFile file, bool json)
{
    /// <param name="services">With the file's options.</param>
    /// <param name="migrate">Runs one job, given its place in the file, and says its exit code.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    /// <returns>The worst of the jobs' exit codes.</returns>
    /// <exception cref="TransferException">A job of the file can't be meant: nothing was run.</exception>
    public async Task<int> RunAsync(IServiceProvider services, Func<MigrationJob, int, Task<int>> migrate, CancellationToken cancellationToken)
    {
        var opener = new JobOpener(services.GetRequiredService<IEndpoints>(), services.GetRequiredService<IOptions<EngineOptions>>().Value);
        var jobs = file.Jobs.Select(opener.Prepare).ToList();
        var worst = ExitCode.Complete;
        for (var i = 0; i < jobs.Count && worst != ExitCode.Interrupted; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            worst = ExitCode.Worst(worst, await RunAsync(jobs[i], i, migrate));
        }
        return worst;
    }

    private async Task<int> RunAsync(PreparedJob prepared, int index, Func<MigrationJob, int, Task<int>> migrate)
    {
        try
        {
            return await prepared.UseAsync(job => migrate(job, index));
        }
        catch (TransferException e)
        {
            console.Error.WriteLine($"transfer: job {Printable.Of(prepared.Definition.Name ?? $"{index + 1} of {file.Jobs.Count}")}: {e.Error}");
            if (json)
                JsonLine.Write(console.Out, writer => EventJson.Error(writer, e.Error));
            return ExitCode.Of(e.Error);
        }
    }
}
