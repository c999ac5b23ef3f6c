using System.CommandLine;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using TransferEngine.Hocon;
using TransferEngine.Hosting;
using TransferEngine.Images;
using TransferEngine.Persistence;

namespace TransferEngine.Cli.Options;

/// <summary>Where the configuration and the state are; the services that come of them.</summary>
internal sealed class GeneralOptions
{
    private readonly CliHost _host;

    private readonly Option<string?> _config = OptionFactory.Value<string?>(
        "--config", "FILE", $"HOCON file with the section {EngineOptions.Section}; {EnvironmentConfiguration.Prefix}* variables win over it.", "none");

    private readonly Option<string?> _stateFolder = OptionFactory.Value<string?>(
        "--state-dir", "DIR", "Folder of the jobs' journals.", "transfer-engine in $XDG_STATE_HOME or ~/.local/state");

    private readonly Option<bool> _verbose = OptionFactory.Flag(VerboseName, "Show the stack trace of an unexpected failure.");

    public GeneralOptions(Command command, CliHost host)
    {
        _host = host;
        command.Add(_config);
        command.Add(_stateFolder);
        command.Add(_verbose);
    }

    public IEnumerable<Option> All => [_config, _stateFolder, _verbose];

    public const string VerboseName = "--verbose";

    /// <exception cref="TransferException"><see cref="ErrorCode.ConfigurationInvalid"/>: the file can't be read.</exception>
    public ServiceProvider BuildServices(ParseResult parse, Action<EngineOptions>? configure = null, JobFile? jobs = null)
    {
        var services = new ServiceCollection();
        services.AddTransferEngine(Configuration(parse.GetValue(_config), jobs));
        if (parse.GetValue(_stateFolder) is { } folder)
            services.Configure<JobStoreOptions>(options => options.StateDirectory = folder);
        if (configure is not null)
            services.Configure(configure);
        _host.Overrides?.Invoke(services);
        return services.BuildServiceProvider();
    }

    private static IConfigurationRoot Configuration(string? file, JobFile? jobs)
    {
        var builder = new ConfigurationBuilder();
        if (file is not null)
            builder.AddHoconFile(file);
        if (jobs is not null)
            builder.AddJobFileOptions(jobs);
        try
        {
            return builder.AddTransferEngineEnvironment().Build();
        }
        catch (HoconException e)
        {
            throw new TransferException(new TransferError(ErrorCode.ConfigurationInvalid, e.Message) { Scope = ErrorScope.Endpoint }, e);
        }
    }
}
