using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using TransferEngine.Cli.Options;
using TransferEngine.Cli.Reports;
using TransferEngine.Cli.Wording;

namespace TransferEngine.Cli.Commands;

/// <summary><c>transfer plan</c>: what a migration would do.</summary>
internal static class PlanCommand
{
    public static Command Create(CliHost host)
    {
        var command = new Command("plan", "Says what migrate would upload and mount, exact to the byte, and writes nothing.");
        var endpoints = new EndpointPair(command, host);
        var allowEmpty = AllowEmptyOption.AddTo(command);
        var json = JsonOption.AddTo(command, "Write the plan as one JSON object.");
        var general = new GeneralOptions(command, host);
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var services = general.BuildServices(parse);
            return await endpoints.UseAsync(parse, services, job =>
                ShowAsync(host.Console, services.GetRequiredService<ITransferEngine>(), job, parse.GetValue(json), parse.GetValue(allowEmpty), cancellationToken));
        });
        return command;
    }

    public static async Task<int> ShowAsync(CliConsole console, ITransferEngine engine, MigrationJob job, bool json, bool allowEmpty, CancellationToken cancellationToken)
    {
        var plan = await engine.PlanAsync(job, cancellationToken);
        foreach (var problem in plan.Problems)
            console.Error.WriteLine(ResultText.Of(problem));
        if (json)
            JsonLine.Write(console.Out, writer => ResultJson.Plan(writer, plan));
        else
            SummaryText.Of(plan).ToList().ForEach(console.Out.WriteLine);
        if (json && plan.NothingSelected is { } miss)
            console.Error.WriteLine($"transfer: {SelectionText.Error(miss)}");
        return ExitCode.Of(plan, allowEmpty);
    }
}
