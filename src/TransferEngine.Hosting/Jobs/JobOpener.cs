using TransferEngine.Images;

namespace TransferEngine.Hosting;

/// <summary>
/// Makes jobs of their definitions. <see cref="Prepare(JobDefinition)"/> checks all that can be checked with nothing opened, so that a mistake in
/// the last job of a file is told before the first one moves anything.
/// </summary>
/// <param name="endpoints">Opens sources and targets.</param>
/// <param name="options">Where a job has no rules of its own, these hold.</param>
/// <param name="environment">Gives the value of an environment variable; by default the process's.</param>
public sealed class JobOpener(IEndpoints endpoints, EngineOptions options, Func<string, string?>? environment = null)
{
    private readonly Func<string, string?> _environment = environment ?? Environment.GetEnvironmentVariable;

    /// <exception cref="TransferException"><see cref="ErrorCode.ConfigurationInvalid"/>: a rule or filter can't be understood, or a password's variable is not set.</exception>
    public PreparedJob Prepare(JobDefinition job) => Prepare(job, SecretsOf(job.Source), SecretsOf(job.Target));

    /// <summary>The same with secrets that the definition does not lead to.</summary>
    /// <param name="job">What is wanted.</param>
    /// <param name="source">The source's.</param>
    /// <param name="target">The target's.</param>
    /// <param name="list">How messages call the list of images (<see cref="SelectionDefinition.Images"/>).</param>
    /// <inheritdoc cref="Prepare(JobDefinition)" path="/exception"/>
    public PreparedJob Prepare(JobDefinition job, EndpointSecrets source, EndpointSecrets target, string? list = "select.images")
    {
        // Parsed for their mistakes: the job does it once more, when it is opened.
        _ = new ImageSelection(job.Select);
        _ = job.Select.Platforms.Select(Platform.Parse).ToList();
        var rules = job.Mapping ?? options.Mapping;
        _ = RepositoryMapping.Parse(rules);
        return new PreparedJob(job with { Mapping = rules }, endpoints, EndpointSettings.Of(job.Source, source), EndpointSettings.Of(job.Target, target), list);
    }

    private EndpointSecrets SecretsOf(EndpointDefinition endpoint) => endpoint is { Username: { } user, PasswordEnv: { } variable }
        ? new EndpointSecrets(new EndpointCredentials(user, PasswordIn(variable)))
        : EndpointSecrets.None;

    private string PasswordIn(string variable) => _environment(variable) is { Length: > 0 } password ? password
        : throw new TransferException(new TransferError(ErrorCode.ConfigurationInvalid, $"The environment variable {Printable.Of(variable)}, which shall hold a password, is not set.") { Scope = ErrorScope.Endpoint });
}

/// <summary>A job that is understood, its endpoints not yet opened.</summary>
public sealed class PreparedJob
{
    private readonly IEndpoints _endpoints;
    private readonly EndpointSettings _source;
    private readonly EndpointSettings _target;
    private readonly string? _list;

    internal PreparedJob(JobDefinition definition, IEndpoints endpoints, EndpointSettings source, EndpointSettings target, string? list)
    {
        Definition = definition;
        _endpoints = endpoints;
        _source = source;
        _target = target;
        _list = list;
    }

    /// <summary>The job, its mapping that of the options where it had none.</summary>
    public JobDefinition Definition { get; }

    /// <summary>Opens both ends, hands the job over, and closes them again. The target first: its address is checked without a look at the disk.</summary>
    /// <exception cref="TransferException">An endpoint can't be opened, or the list of images not be understood.</exception>
    public async Task<T> UseAsync<T>(Func<MigrationJob, Task<T>> use)
    {
        await using var target = _endpoints.OpenTarget(Definition.Target.Address, _target);
        await using var source = _endpoints.OpenSource(Definition.Source.Address, _source);
        return await use(new MigrationJob(Definition.Select.Narrow(source, _list), target) { Definition = Definition });
    }
}
