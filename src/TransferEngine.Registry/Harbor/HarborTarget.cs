using System.Collections.Concurrent;
using System.IO.Pipelines;
using Microsoft.Extensions.Logging;
using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>
/// Harbor (2.9 to 2.15) as a target: a registry whose first path component is a project that must be there before anything is
/// pushed, with quotas and policies per project.
/// </summary>
public sealed class HarborTarget : IImageTarget
{
    /// <summary>What Harbor calls itself towards its token service.</summary>
    internal const string Service = "harbor-registry";

    // What a Go server reads of a body that it refuses; of a longer one it closes the connection, and its answer may be lost.
    private const long ReadAnyway = 256 * 1024;

    // Nothing that makes Harbor refuse a token passes within this time.
    private static readonly TimeSpan MinTokenAge = TimeSpan.FromSeconds(10);

    private readonly RegistryTarget _registry;
    private readonly RegistryEndpoint _endpoint;
    private readonly HarborOptions _options;
    private readonly HarborApi _api;
    private readonly HarborProjects _projects;

    // Projects that the user may not read: nothing can be mounted from there.
    private readonly ConcurrentDictionary<string, bool> _unreadable = new(StringComparer.Ordinal);

    internal HarborTarget(RegistryTarget registry, RegistryEndpoint endpoint, HarborOptions options, TimeProvider time)
    {
        _registry = registry;
        _endpoint = endpoint;
        _options = options;
        _api = new HarborApi(registry.Transport, endpoint.Host, time);
        _projects = new HarborProjects(_api, options);
        registry.Scopes = new HarborScopes();
        registry.ExpectContinueFrom = ReadAnyway;
        registry.Transport.Authenticator.MinTokenAge = MinTokenAge;
    }

    public string Endpoint => _endpoint.Prefix is { } prefix ? $"harbor://{_endpoint.Host}/{prefix}" : $"harbor://{_endpoint.Host}";

    public RegistryPlace? Registry => _registry.Registry;

    /// <exception cref="TransferException">The certificate folder can't be used.</exception>
    public static HarborTarget Create(
        RegistryEndpoint endpoint, RegistryOptions registry, HarborOptions options, ICredentialSource credentials, TimeProvider time,
        ILoggerFactory? loggers = null) =>
        new(RegistryTarget.Create(endpoint, registry, credentials, time, loggers), endpoint, options, time);

    /// <inheritdoc/>
    /// <remarks>A repository without a folder goes into the default project.</remarks>
    public RepositoryName MapRepository(RepositoryName source)
    {
        var mapped = _registry.MapRepository(source);
        if (mapped.ToString().Contains('/', StringComparison.Ordinal))
            return mapped;
        return RepositoryName.TryParse($"{_options.DefaultProject}/{mapped}", out var inProject) ? inProject
            : throw new TransferException(new TransferError(ErrorCode.RepositoryNameInvalid, $"'{_options.DefaultProject}/{mapped}' is no repository's name.") { Repository = source });
    }

    /// <inheritdoc/>
    /// <remarks><c>alpine</c> and <c>library/alpine</c>, where a registry has both.</remarks>
    public bool CanMergeNames => _endpoint.Prefix is null;

    /// <inheritdoc/>
    /// <remarks>
    /// The token for <c>/v2/</c> tries the credentials: without a scope Harbor refuses a wrong password, with one it answers with an
    /// anonymous token.
    /// </remarks>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        await _registry.CheckAsync(cancellationToken);
        Demand(_registry.Transport, _endpoint.Host);
        await CheckProjectAsync(cancellationToken);
    }

    /// <summary>Harbor is told by the name that it gives itself in its challenge.</summary>
    internal static bool Is(RegistryTransport transport) => transport.Authenticator.Service == Service;

    /// <exception cref="TransferException"><see cref="ErrorCode.NotARegistry"/>.</exception>
    internal static void Demand(RegistryTransport transport, string host)
    {
        if (!Is(transport))
            throw new TransferException(new TransferError(ErrorCode.NotARegistry, $"{host} is a registry, but not Harbor.")
            { Host = host, Scope = ErrorScope.Endpoint, Hint = $"Write docker://{host}." });
    }

    /// <summary>Where all goes into one project, that one is looked for before anything else is done.</summary>
    internal async Task CheckProjectAsync(CancellationToken cancellationToken)
    {
        if (_endpoint.Prefix is not { } prefix)
            return;
        try
        {
            await _projects.IsThereAsync(HarborProjects.ProjectOf(prefix), cancellationToken);
        }
        catch (TransferException e) when (e.Error.Scope == ErrorScope.Repository)
        {
            throw new TransferException(e.Error with { Scope = ErrorScope.Endpoint, Host = _endpoint.Host }, e);
        }
    }

    public async Task<IReadOnlySet<Tag>?> ListTagsAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        await HasProjectAsync(repository, cancellationToken) ? await _registry.ListTagsAsync(repository, cancellationToken) : null;

    /// <inheritdoc/>
    /// <remarks>By Harbor's own list of artifacts: what its users see is what counts.</remarks>
    public async Task<IReadOnlyDictionary<Tag, Digest>?> ListTagDigestsAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        await HasProjectAsync(repository, cancellationToken) ? await _api.ListArtifactsAsync(repository, cancellationToken) : new Dictionary<Tag, Digest>();

    public async Task<Digest?> HeadManifestAsync(RepositoryName repository, Reference reference, CancellationToken cancellationToken) =>
        await HasProjectAsync(repository, cancellationToken) ? await _registry.HeadManifestAsync(repository, reference, cancellationToken) : null;

    public async Task<long?> HeadBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        await HasProjectAsync(repository, cancellationToken) ? await _registry.HeadBlobAsync(repository, digest, cancellationToken) : null;

    public Task<MountResult> MountBlobAsync(RepositoryName repository, Digest digest, RepositoryName from, CancellationToken cancellationToken) =>
        WriteAsync(repository, async () =>
        {
            var source = HarborProjects.ProjectOf(from);
            if (_unreadable.ContainsKey(source))
                return MountResult.Refused;
            var result = await _registry.MountBlobAsync(repository, digest, from, cancellationToken);
            if (result is { IsMounted: false, Session: null } && source != HarborProjects.ProjectOf(repository))
                _unreadable[source] = true;
            return result;
        }, cancellationToken);

    public Task<UploadSession> StartUploadAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        WriteAsync(repository, () => _registry.StartUploadAsync(repository, cancellationToken), cancellationToken);

    public async Task PutBlobAsync(UploadSession session, Descriptor blob, PipeReader content, CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(session.Repository, async () =>
            {
                await _registry.PutBlobAsync(session, blob, content, cancellationToken);
                return true;
            }, cancellationToken);
        }
        finally
        {
            // Also where the project had refused before and nothing was sent.
            await content.CompleteAsync();
        }
    }

    /// <inheritdoc/>
    /// <remarks>Harbor destroys a session whose request was cut (goharbor/harbor#17944): there is never one to go on with.</remarks>
    public Task<UploadSession?> FindUploadAsync(UploadSession session, CancellationToken cancellationToken) => Task.FromResult<UploadSession?>(null);

    /// <inheritdoc/>
    /// <remarks>Harbor wants the right to delete for it, and ends a session that was cut by itself.</remarks>
    public Task CancelUploadAsync(UploadSession session, CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask<IDisposable?> EnterManifestPushAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        await _projects.EnterAsync(HarborProjects.ProjectOf(repository), cancellationToken);

    /// <inheritdoc/>
    /// <remarks>
    /// An immutable tag is refused also with the digest that it has, as after an answer that was lost: then all is well.
    /// </remarks>
    public async Task PutManifestAsync(RepositoryName repository, Reference reference, Manifest manifest, CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(repository, async () =>
            {
                await _registry.PutManifestAsync(repository, reference, manifest, cancellationToken);
                return true;
            }, cancellationToken);
        }
        catch (TransferException e) when (e.Error.Code == ErrorCode.TagImmutable)
        {
            if (await _registry.HeadManifestAsync(repository, reference, cancellationToken) != manifest.Digest)
                throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _projects.Dispose();
        await _registry.DisposeAsync();
    }

    private Task<bool> HasProjectAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        _projects.IsThereAsync(HarborProjects.ProjectOf(repository), cancellationToken);

    private async Task<T> WriteAsync<T>(RepositoryName repository, Func<Task<T>> write, CancellationToken cancellationToken)
    {
        var project = HarborProjects.ProjectOf(repository);
        await _projects.EnsureAsync(project, cancellationToken);
        try
        {
            return await write();
        }
        catch (TransferException e) when (!e.IsTransient && e.Error.Code is ErrorCode.QuotaExceeded or ErrorCode.ProxyProject or ErrorCode.ProjectMissing or ErrorCode.Unauthorized)
        {
            _projects.Refuse(project, e.Error);
            throw;
        }
    }
}
