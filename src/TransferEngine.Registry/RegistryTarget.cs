using System.Net;
using Microsoft.Extensions.Logging;
using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>
/// A registry that speaks the OCI distribution specification 1.1, as a target. One file per operation in <c>Operations</c>.
/// </summary>
public sealed partial class RegistryTarget : IImageTarget
{
    private readonly RegistryEndpoint _endpoint;
    private readonly RegistryOptions _options;
    private readonly RegistryTransport _transport;

    private RegistryTarget(RegistryEndpoint endpoint, RegistryOptions options, ICredentialSource credentials, TimeProvider time, ILoggerFactory? loggers)
    {
        _endpoint = endpoint;
        _options = options;
        _transport = new RegistryTransport(endpoint, options, credentials, time, loggers: loggers);
    }

    /// <summary>Which rights the tokens of a request are asked for.</summary>
    internal TokenScopes Scopes { get; set; } = new();

    /// <summary>Blobs of this size and more are sent after the registry has said that it will take them (RFC 9110, section 10.1.1).</summary>
    internal long ExpectContinueFrom { get; set; } = long.MaxValue;

    internal RegistryTransport Transport => _transport;

    public string Endpoint => _endpoint.ToString();

    public RegistryPlace? Registry => new(_endpoint.ApiHost, _endpoint.Prefix);

    /// <exception cref="TransferException">The certificate folder can't be used.</exception>
    public static RegistryTarget Create(
        RegistryEndpoint endpoint, RegistryOptions options, ICredentialSource credentials, TimeProvider time, ILoggerFactory? loggers = null) =>
        new(endpoint, options, credentials, time, loggers);

    /// <inheritdoc/>
    /// <remarks>See <see cref="RegistryCheck"/>.</remarks>
    public Task CheckAsync(CancellationToken cancellationToken) => new RegistryCheck(_transport, _endpoint, _options).RunAsync(cancellationToken);

    public RepositoryName MapRepository(RepositoryName source)
    {
        if (_endpoint.Prefix is not { } prefix)
            return source;
        return RepositoryName.TryParse($"{prefix}/{source}", out var mapped) ? mapped
            : throw new TransferException(new TransferError(ErrorCode.RepositoryNameInvalid, $"{prefix}/{source} is longer than a repository's name may be.") { Repository = source });
    }

    public ValueTask DisposeAsync()
    {
        _transport.Dispose();
        return ValueTask.CompletedTask;
    }

    private string PushScope(RepositoryName repository) => Scopes.Push(repository);

    private string PullScope(RepositoryName repository) => Scopes.Pull(repository);

    private Uri At(RepositoryName repository, string path) => new(_transport.Base, $"/v2/{repository}/{path}");

    private RequestSubject AboutBlob(string what, RepositoryName repository, Digest digest) => new(what, _endpoint.Host, repository, Digest: digest) { Scope = ErrorScope.Blob };

    private RequestSubject AboutManifest(string what, RepositoryName repository, Reference reference, Digest? digest = null) =>
        new(what, _endpoint.Host, repository, reference, digest) { Scope = ErrorScope.Image };

    private RequestSubject AboutList(string what, RepositoryName repository) => new(what, _endpoint.Host, repository) { Scope = ErrorScope.Repository };

    private static async Task ThrowUnlessAsync(HttpResponseMessage response, HttpStatusCode expected, RequestSubject subject, CancellationToken cancellationToken)
    {
        if (response.StatusCode != expected)
            throw await RegistryErrors.FromAsync(response, subject, cancellationToken);
    }
}
