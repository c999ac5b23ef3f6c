using System.Net;
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

    private RegistryTarget(RegistryEndpoint endpoint, RegistryOptions options, ICredentialSource credentials, TimeProvider time)
    {
        _endpoint = endpoint;
        _options = options;
        _transport = new RegistryTransport(endpoint, options, credentials, time);
    }

    public string Endpoint => _endpoint.ToString();

    /// <exception cref="TransferException">The certificate folder can't be used.</exception>
    public static RegistryTarget Create(RegistryEndpoint endpoint, RegistryOptions options, ICredentialSource credentials, TimeProvider time) =>
        new(endpoint, options, credentials, time);

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

    private static string PushScope(RepositoryName repository) => $"repository:{repository}:pull,push";

    private static string PullScope(RepositoryName repository) => $"repository:{repository}:pull";

    private Uri At(RepositoryName repository, string path) => new(_transport.Base, $"/v2/{repository}/{path}");

    private RequestSubject About(string what, RepositoryName? repository = null, Reference? reference = null, Digest? digest = null) =>
        new(what, _endpoint.Host, repository, reference, digest);

    private static async Task ThrowUnlessAsync(HttpResponseMessage response, HttpStatusCode expected, RequestSubject subject, CancellationToken cancellationToken)
    {
        if (response.StatusCode != expected)
            throw await RegistryErrors.FromAsync(response, subject, cancellationToken);
    }

    private TransferException Violation(string message, RequestSubject subject) => new(new TransferError(ErrorCode.ProtocolViolation, message)
    { Host = _endpoint.Host, Repository = subject.Repository, Reference = subject.Reference, Digest = subject.Digest });
}
