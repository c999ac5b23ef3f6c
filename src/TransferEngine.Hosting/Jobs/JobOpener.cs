using TransferEngine.Images;

namespace TransferEngine.Hosting;

/// <summary>
/// Makes jobs of their definitions. <see cref="Prepare"/> checks all that can be checked with nothing opened, so that a mistake in
/// the last job of a file is told before the first one moves anything.
/// </summary>
/// <param name="endpoints">Opens sources and targets.</param>
/// <param name="options">Where a job has no rules of its own, these hold.</param>
/// <param name="environment">Gives the value of an environment variable; by default the process's.</param>
public sealed class JobOpener(IEndpoints endpoints, EngineOptions options, Func<string, string?>? environment = null)
{
    private readonly Func<string, string?> _environment = environment ?? Environment.GetEnvironmentVariable;

    /// <exception cref="TransferException"><see cref="ErrorCode.ConfigurationInvalid"/>: a rule or filter can't be understood, or a password's variable is not set.</exception>
    public PreparedJob Prepare(JobDefinition job) => new(
        job, endpoints, SettingsOf(job.Source), SettingsOf(job.Target), SelectionOf(job.Select), [.. job.Select.Platforms.Select(Platform.Parse)], RepositoryMapping.Parse(job.Mapping ?? options.Mapping));

    private static ImageSelection SelectionOf(SelectionDefinition select) => new(
        select.Include, select.Exclude, select.IncludeTags, select.ExcludeTags, select.TagsRegex, select.TagsSemver, select.Newest);

    private EndpointSettings SettingsOf(EndpointDefinition endpoint) => new()
    {
        VerifyTls = endpoint.TlsVerify,
        CertificateFolder = endpoint.CertDir,
        RetryTimes = endpoint.RetryTimes,
        AuthFile = endpoint.Authfile,
        Files = endpoint.Files,
        Credentials = endpoint is { Username: { } user, PasswordEnv: { } variable } ? new EndpointCredentials(user, PasswordIn(variable)) : null,
    };

    private string PasswordIn(string variable) => _environment(variable) is { Length: > 0 } password ? password
        : throw new TransferException(new TransferError(ErrorCode.ConfigurationInvalid, $"The environment variable {Printable.Of(variable)}, which shall hold a password, is not set.") { Scope = ErrorScope.Endpoint });
}

/// <summary>A job that is understood, its endpoints not yet opened.</summary>
public sealed class PreparedJob
{
    private readonly IEndpoints _endpoints;
    private readonly EndpointSettings _source;
    private readonly EndpointSettings _target;
    private readonly ImageSelection _selection;
    private readonly Platform[] _platforms;
    private readonly RepositoryMapping _mapping;

    internal PreparedJob(
        JobDefinition definition, IEndpoints endpoints, EndpointSettings source, EndpointSettings target, ImageSelection selection, Platform[] platforms, RepositoryMapping mapping)
    {
        Definition = definition;
        _endpoints = endpoints;
        _source = source;
        _target = target;
        _selection = selection;
        _platforms = platforms;
        _mapping = mapping;
    }

    public JobDefinition Definition { get; }

    /// <summary>Opens both ends, hands the job over, and closes them again.</summary>
    /// <exception cref="TransferException">An endpoint can't be opened, or the list of images not be understood.</exception>
    public async Task<T> UseAsync<T>(Func<MigrationJob, Task<T>> use)
    {
        await using var target = _endpoints.OpenTarget(Definition.Target.Address, _target);
        await using var source = _endpoints.OpenSource(Definition.Source.Address, _source);
        var job = new MigrationJob(Narrow(source), target)
        {
            Selection = _selection,
            Mapping = _mapping,
            Untagged = Definition.Select.Untagged,
            Referrers = Definition.Select.Referrers,
            TrustJournal = Definition.TrustJournal,
            Repair = Definition.Repair,
            HashFiles = Definition.HashFiles,
            VerifySource = Definition.VerifySource,
            LimitRate = Definition.LimitRate,
        };
        return await use(Definition.Name is { } name ? job with { Name = name } : job);
    }

    private IImageSource Narrow(IImageSource source)
    {
        var listed = Definition.Select.Images is { Count: > 0 } images
            ? new ListedImages(source, ImageList.Parse(new StringReader(string.Join('\n', images)), ListedImages.HostOf(source.Endpoint), "select.images"), Definition.Select.Referrers)
            : source;
        return PlatformSelection.Narrow(listed, _platforms);
    }
}
