using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using TransferEngine.Cli.Options;
using TransferEngine.Cli.Wording;
using TransferEngine.Hosting;
using TransferEngine.Storage.Packages;

namespace TransferEngine.Cli.Commands;

/// <summary><c>transfer unpack</c>: a package into a target that has its base.</summary>
internal sealed class UnpackCommand
{
    private readonly Command _command = new("unpack",
        "Checks the package FILE and moves its images into TARGET, which must have what the package was packed on. The same command again goes on where it stopped.");

    private readonly CliHost _host;
    private readonly Argument<string> _file = new("FILE") { Description = "A package, as the command pack writes it." };
    private readonly Argument<string> _target = EndpointArguments.Target();
    private readonly MappingOptions _mapping;
    private readonly TargetOptions _access;
    private readonly HarborFlags _harbor;
    private readonly FileFlags _files;
    private readonly JobOptions _job;
    private readonly Option<string?> _report = ReportOption.Create();
    private readonly Option<bool> _json;
    private readonly GeneralOptions _general;

    private UnpackCommand(CliHost host)
    {
        _host = host;
        _command.Add(_file);
        _command.Add(_target);
        _mapping = new MappingOptions(_command);
        _access = new TargetOptions(_command, new RegistryAccessOptions(_command));
        _harbor = new HarborFlags(_command);
        _files = new FileFlags(_command);
        _job = new JobOptions(_command);
        _command.Add(_report);
        _json = JsonOption.AddTo(_command, "Write one JSON event per line: started, image, progress, finished.");
        _general = new GeneralOptions(_command, host);
    }

    public static Command Create(CliHost host)
    {
        var unpack = new UnpackCommand(host);
        unpack._command.SetAction(unpack.RunAsync);
        return unpack._command;
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        await using var services = _general.BuildServices(parse, _job.Configure(parse));
        var settings = EndpointSettings.Of(_access.Definition(parse, ""), _access.Secrets(parse, _host.Console)) with { Harbor = _harbor.Settings(parse), Files = _files.Settings(parse) };
        var mapping = _mapping.Mapping(parse, services.GetRequiredService<IOptions<EngineOptions>>().Value);
        await using var target = services.GetRequiredService<IEndpoints>().OpenTarget(parse.GetRequiredValue(_target), settings);
        var package = Package.Open(parse.GetRequiredValue(_file));
        await using var source = package.OpenSource();
        var job = await UnpackJob.PrepareAsync(package, source, target, mapping, cancellationToken);
        var run = new MigrationRun(_host.Console, services.GetRequiredService<ITransferEngine>(), services.GetRequiredService<TimeProvider>())
        {
            ReportPath = parse.GetValue(_report),
            Json = parse.GetValue(_json),
            Resume = ResumeText.Of(parse, _access.SecretOptions, _job.NotForResume),
        };
        return await run.RunAsync(_job.Apply(parse, job), cancellationToken);
    }
}
