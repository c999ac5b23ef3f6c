using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using TransferEngine.Cli.Options;
using TransferEngine.Cli.Wording;
using TransferEngine.Hosting;

namespace TransferEngine.Cli.Commands;

/// <summary><c>transfer migrate</c>: the main job.</summary>
internal sealed class MigrateCommand
{
    private readonly Command _command = new("migrate",
        "Moves images from SOURCE to TARGET, each distinct blob uploaded once, or runs the jobs of a file. The same command again goes on where it stopped.");

    private readonly CliHost _host;
    private readonly EndpointPair _endpoints;
    private readonly JobOptions _job;
    private readonly GeneralOptions _general;
    private readonly Option<bool> _dryRun = OptionFactory.Flag("--dry-run", "Say what would be done, like the command plan, and write nothing.");
    private readonly Option<string?> _report = ReportOption.Create();
    private readonly Option<bool> _allowEmpty;
    private readonly Option<bool> _json;
    private readonly JobFileOption _file;

    private MigrateCommand(CliHost host)
    {
        _host = host;
        _endpoints = new EndpointPair(_command, host, isOptional: true);
        _job = new JobOptions(_command);
        _command.Add(_dryRun);
        _command.Add(_report);
        _allowEmpty = AllowEmptyOption.AddTo(_command);
        _json = JsonOption.AddTo(_command, "Write one JSON event per line: started, image, progress, finished.");
        _general = new GeneralOptions(_command, host);
        _file = new JobFileOption(_command, [_dryRun, _report, _allowEmpty, _json, .. _job.OfTheRun, .. _general.All]);
    }

    public static Command Create(CliHost host)
    {
        var migrate = new MigrateCommand(host);
        migrate._command.SetAction(migrate.RunAsync);
        return migrate._command;
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        if (_file.Find(parse) is { } file)
            return await RunFileAsync(parse, JobFile.Read(file), cancellationToken);
        await using var services = _general.BuildServices(parse, _job.Configure(parse));
        return await _endpoints.UseAsync(parse, services, endpoints =>
            RunAsync(parse, services, _job.Apply(parse, endpoints), parse.GetValue(_report), cancellationToken));
    }

    private async Task<int> RunFileAsync(ParseResult parse, JobFile file, CancellationToken cancellationToken)
    {
        await using var services = _general.BuildServices(parse, _job.Configure(parse), file);
        return await new JobFileRun(_host.Console, file, parse.GetValue(_json)).RunAsync(
            services,
            (job, index) => RunAsync(parse, services, _job.ApplyToRun(parse, job), ReportOption.PathOf(parse.GetValue(_report), index, file.Jobs.Count), cancellationToken),
            cancellationToken);
    }

    private Task<int> RunAsync(ParseResult parse, IServiceProvider services, MigrationJob job, string? report, CancellationToken cancellationToken)
    {
        var engine = services.GetRequiredService<ITransferEngine>();
        OpenFileLimit.Demand(services.GetRequiredService<IOptions<EngineOptions>>().Value);
        var allowEmpty = parse.GetValue(_allowEmpty) || job.Definition.AllowEmpty;
        return parse.GetValue(_dryRun)
            ? PlanCommand.ShowAsync(_host.Console, engine, job, parse.GetValue(_json), allowEmpty, cancellationToken)
            : new MigrationRun(_host.Console, engine, services.GetRequiredService<TimeProvider>())
            {
                ReportPath = report,
                Json = parse.GetValue(_json),
                Resume = ResumeText.Of(parse, _endpoints.Secrets, _job.NotForResume),
                AllowEmpty = allowEmpty,
            }.RunAsync(job, cancellationToken);
    }
}
