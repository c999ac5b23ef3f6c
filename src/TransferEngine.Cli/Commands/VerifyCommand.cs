using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using TransferEngine.Cli.Options;
using TransferEngine.Cli.Reports;
using TransferEngine.Cli.Wording;

namespace TransferEngine.Cli.Commands;

/// <summary><c>transfer verify</c>: whether the target holds what the source holds.</summary>
internal sealed class VerifyCommand
{
    private readonly Command _command = new("verify", "Compares every tag, manifest and blob of SOURCE with TARGET.");
    private readonly CliHost _host;
    private readonly EndpointPair _endpoints;

    private readonly Option<bool> _deep = OptionFactory.Flag(
        "--deep", "Hash every blob of SOURCE too, and of a TARGET that keeps files: finds what has rotten with its size unchanged.");

    private readonly Option<bool> _repair = OptionFactory.Flag("--repair", "Put what is missing or different into TARGET, and look again.");
    private readonly Option<string?> _report = ReportOption.Create();
    private readonly Option<bool> _allowEmpty;
    private readonly Option<bool> _json;
    private readonly GeneralOptions _general;

    private VerifyCommand(CliHost host)
    {
        _host = host;
        _endpoints = new EndpointPair(_command, host);
        _command.Add(_deep);
        _command.Add(_repair);
        _command.Add(_report);
        _allowEmpty = AllowEmptyOption.AddTo(_command);
        _json = JsonOption.AddTo(_command, "Write one JSON event per line: started, image, progress, finished.");
        _general = new GeneralOptions(_command, host);
    }

    public static Command Create(CliHost host)
    {
        var verify = new VerifyCommand(host);
        verify._command.SetAction(verify.RunAsync);
        return verify._command;
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        await using var services = _general.BuildServices(parse);
        return await _endpoints.UseAsync(parse, services, endpoints =>
        {
            var job = endpoints with { VerifyContent = parse.GetValue(_deep) };
            var run = new ObservedRun(
                _host.Console, job, services.GetRequiredService<TimeProvider>(), "verification", parse.GetValue(_report), parse.GetValue(_json));
            var engine = services.GetRequiredService<ITransferEngine>();
            return parse.GetValue(_repair)
                ? RepairAsync(parse, run, new RepairRun(engine, job), cancellationToken)
                : VerifyAsync(parse, run, observer => engine.VerifyAsync(job, observer, cancellationToken));
        });
    }

    private async Task<int> VerifyAsync(ParseResult parse, ObservedRun run, Func<IMigrationObserver, Task<VerificationReport>> verify)
    {
        var form = ResultForms.Verification(parse.GetValue(_allowEmpty));
        var report = await run.RunAsync(verify, form);
        Explain(parse, report.NothingSelected);
        return form.ExitCode(report);
    }

    private async Task<int> RepairAsync(ParseResult parse, ObservedRun run, RepairRun repair, CancellationToken cancellationToken)
    {
        var form = ResultForms.Repair(parse.GetValue(_allowEmpty));
        var report = await run.RunAsync(observer => repair.RunAsync(observer, cancellationToken), form);
        foreach (var problem in report.Left?.Problems ?? [])
            _host.Console.Error.WriteLine($"still {ResultText.Of(problem)}");
        if (report.Run?.Fatal is { } error)
            _host.Console.Error.WriteLine($"transfer: {error}");
        Explain(parse, report.Found.NothingSelected);
        return form.ExitCode(report);
    }

    private void Explain(ParseResult parse, SelectionMiss? miss)
    {
        if (miss is not null && parse.GetValue(_json))
            _host.Console.Error.WriteLine($"transfer: {SelectionText.Error(miss)}");
    }
}
