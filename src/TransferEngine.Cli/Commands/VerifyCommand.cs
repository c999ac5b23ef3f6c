using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using TransferEngine.Cli.Options;
using TransferEngine.Cli.Reports;
using TransferEngine.Cli.Wording;

namespace TransferEngine.Cli.Commands;

/// <summary><c>transfer verify</c>: whether the target holds what the source holds.</summary>
internal static class VerifyCommand
{
    public static Command Create(CliHost host)
    {
        var command = new Command("verify", "Compares every tag, manifest and blob of SOURCE with TARGET.");
        var endpoints = new EndpointPair(command, host);
        var reportFile = ReportOption.Create();
        command.Add(reportFile);
        var json = JsonOption.AddTo(command, "Write one JSON event per line: started, image, progress, finished.");
        var general = new GeneralOptions(command, host);
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var services = general.BuildServices(parse);
            var engine = services.GetRequiredService<ITransferEngine>();
            return await endpoints.UseAsync(parse, services, async job =>
            {
                var run = new ObservedRun(
                    host.Console, job, services.GetRequiredService<TimeProvider>(), "verification", parse.GetValue(reportFile), parse.GetValue(json));
                return ExitCode.Of(await run.RunAsync(
                    observer => engine.VerifyAsync(job, observer, cancellationToken), ResultJson.Verification, SummaryText.Of));
            });
        });
        return command;
    }
}
