using Microsoft.Extensions.Logging;
using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>
/// A registry that speaks the OCI distribution specification 1.1, as a source. A prefix in its address means only the
/// repositories below it and the one of that very name; names stay as the registry has them. Nothing is kept on disk, and of
/// what was read only the last few manifests. Tags are resolved by HEAD and a manifest is fetched once by its digest, since
/// that is what Docker Hub counts. The first call finds out how to talk to the registry.
/// </summary>
public sealed partial class RegistrySource : IImageSource
{
    // Many repositories are listed at once, each resolving tags ahead: the registry shall not feel the product of the two.
    private const int RequestsAtOnce = 32;

    private readonly RegistryEndpoint _endpoint;
    private readonly RegistryOptions _options;
    private readonly RegistryTransport _transport;
    private readonly SemaphoreSlim _lane = new(RequestsAtOnce);
    private readonly ManifestCache _manifests = new();
    private readonly SemaphoreSlim _checking = new(1);
    private volatile bool _isChecked;
    private TransferError? _refused;

    private RegistrySource(RegistryEndpoint endpoint, RegistryOptions options, ICredentialSource credentials, TimeProvider time, ILoggerFactory? loggers)
    {
        _endpoint = endpoint;
        Registry = new RegistryPlace(endpoint.ApiHost, endpoint.Prefix);
        _options = options;
        _transport = new RegistryTransport(endpoint, options, credentials, time, RegistryRole.Source, loggers);
    }

    internal RegistryTransport Transport => _transport;

    public string Endpoint => _endpoint.ToString();

    public RegistryPlace Registry { get; }

    /// <summary>No request is sent yet.</summary>
    /// <exception cref="TransferException">The certificate folder can't be used.</exception>
    public static RegistrySource Create(
        RegistryEndpoint endpoint, RegistryOptions options, ICredentialSource credentials, TimeProvider time, ILoggerFactory? loggers = null) =>
        new(endpoint, options, credentials, time, loggers);

    public string? Locate(RepositoryName repository, Digest digest) => $"{_endpoint.Host}/{repository}@{digest}";

    public ValueTask DisposeAsync()
    {
        _transport.Dispose();
        _checking.Dispose();
        _lane.Dispose();
        _manifests.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string PullScope(RepositoryName repository) => $"repository:{repository}:pull";

    private RequestSubject AboutBlob(string what, RepositoryName repository, Digest digest) =>
        new(what, _endpoint.Host, repository, Digest: digest) { Role = RegistryRole.Source, Scope = ErrorScope.Blob };

    private RequestSubject AboutManifest(string what, RepositoryName repository, Reference? reference, Digest? digest = null) =>
        new(what, _endpoint.Host, repository, reference, digest) { Role = RegistryRole.Source, Scope = ErrorScope.Image };

    /// <summary>A list of a repository; without one, of everything that the registry has.</summary>
    private RequestSubject AboutList(string what, RepositoryName? repository = null) =>
        new(what, _endpoint.Host, repository) { Role = RegistryRole.Source, Scope = repository is null ? ErrorScope.Endpoint : ErrorScope.Repository };
}
