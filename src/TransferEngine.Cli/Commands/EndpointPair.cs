using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using TransferEngine.Cli.Options;
using TransferEngine.Hosting;

namespace TransferEngine.Cli.Commands;

/// <summary>What migrate, plan and verify have in common: a source, a target, and which images are meant.</summary>
internal sealed class EndpointPair
{
    private readonly CliHost _host;
    private readonly Argument<string> _source = EndpointArguments.Source();
    private readonly Argument<string> _target = EndpointArguments.Target();
    private readonly SelectionOptions _selection;
    private readonly MappingOptions _mapping;
    private readonly SourceOptions _sourceOptions;
    private readonly TargetOptions _targetOptions;
    private readonly HarborFlags _harbor;
    private readonly FileFlags _files;

    /// <param name="command">What to add arguments and options to.</param>
    /// <param name="host">What the command runs in.</param>
    /// <param name="isOptional">True if the command can do without both addresses, and asks for them itself.</param>
    public EndpointPair(Command command, CliHost host, bool isOptional = false)
    {
        if (isOptional)
            _source.Arity = _target.Arity = ArgumentArity.ZeroOrOne;
        _host = host;
        command.Add(_source);
        command.Add(_target);
        _selection = new SelectionOptions(command);
        _mapping = new MappingOptions(command);
        var shared = new RegistryAccessOptions(command);
        _sourceOptions = new SourceOptions(command, shared);
        _targetOptions = new TargetOptions(command, shared);
        _harbor = new HarborFlags(command);
        _files = new FileFlags(command);
    }

    public IReadOnlySet<Option> Secrets => _sourceOptions.SecretOptions.Concat(_targetOptions.SecretOptions).ToHashSet();

    /// <summary>Opens both ends, hands the job over, and closes them again.</summary>
    public async Task<int> UseAsync(ParseResult parse, IServiceProvider services, Func<MigrationJob, Task<int>> use)
    {
        if (_sourceOptions.ReadsInput(parse) && _targetOptions.ReadsInput(parse))
            throw new UsageException("Only one of --src-password-stdin and --dest-password-stdin can read standard input.");
        var definition = new JobDefinition
        {
            Source = _sourceOptions.Definition(parse, parse.GetRequiredValue(_source)),
            Target = _targetOptions.Definition(parse, parse.GetRequiredValue(_target)) with { Harbor = _harbor.Settings(parse), Files = _files.Settings(parse) },
            Select = _selection.Definition(parse),
            Mapping = _mapping.Rules(parse),
        };
        var opener = new JobOpener(services.GetRequiredService<IEndpoints>(), services.GetRequiredService<IOptions<EngineOptions>>().Value);
        return await opener.Prepare(
            definition, _sourceOptions.Secrets(parse, _host.Console), _targetOptions.Secrets(parse, _host.Console), _selection.ListFile(parse)).UseAsync(use);
    }
}
