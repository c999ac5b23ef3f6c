using System.IO.Pipelines;
using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>
/// A registry of which the user has not said what it is. Harbor is told by the name that it gives itself in its challenge, which
/// is asked for anyway; everything else is taken for a plain registry.
/// </summary>
public sealed class DetectingTarget : IImageTarget
{
    private readonly RegistryTarget _registry;
    private readonly RegistryEndpoint _endpoint;
    private readonly HarborOptions _options;
    private IImageTarget _target;

    private DetectingTarget(RegistryTarget registry, RegistryEndpoint endpoint, HarborOptions options)
    {
        _registry = registry;
        _endpoint = endpoint;
        _options = options;
        _target = registry;
    }

    public string Endpoint => _registry.Endpoint;

    /// <exception cref="TransferException">The certificate folder can't be used.</exception>
    public static DetectingTarget Create(RegistryEndpoint endpoint, RegistryOptions registry, HarborOptions options, ICredentialSource credentials, TimeProvider time) =>
        new(RegistryTarget.Create(endpoint, registry, credentials, time), endpoint, options);

    /// <inheritdoc/>
    /// <remarks>Right after <see cref="CheckAsync"/>: a Harbor's names need a project.</remarks>
    public RepositoryName MapRepository(RepositoryName source) => _target.MapRepository(source);

    public bool CanMergeNames => _target.CanMergeNames;

    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        await _registry.CheckAsync(cancellationToken);
        if (_target == _registry && _registry.Transport.Authenticator.Service == HarborTarget.Service)
            _target = new HarborTarget(_registry, _endpoint, _options);
        if (_target is HarborTarget harbor)
            await harbor.CheckProjectAsync(cancellationToken);
    }

    public Task<IReadOnlySet<Tag>?> ListTagsAsync(RepositoryName repository, CancellationToken cancellationToken) => _target.ListTagsAsync(repository, cancellationToken);

    public Task<IReadOnlyDictionary<Tag, Digest>?> ListTagDigestsAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        _target.ListTagDigestsAsync(repository, cancellationToken);

    public Task<Digest?> HeadManifestAsync(RepositoryName repository, Reference reference, CancellationToken cancellationToken) =>
        _target.HeadManifestAsync(repository, reference, cancellationToken);

    public Task<long?> HeadBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) => _target.HeadBlobAsync(repository, digest, cancellationToken);

    public Task<MountResult> MountBlobAsync(RepositoryName repository, Digest digest, RepositoryName from, CancellationToken cancellationToken) =>
        _target.MountBlobAsync(repository, digest, from, cancellationToken);

    public Task<UploadSession> StartUploadAsync(RepositoryName repository, CancellationToken cancellationToken) => _target.StartUploadAsync(repository, cancellationToken);

    public Task PutBlobAsync(UploadSession session, Descriptor blob, PipeReader content, CancellationToken cancellationToken) =>
        _target.PutBlobAsync(session, blob, content, cancellationToken);

    public Task<UploadSession?> FindUploadAsync(UploadSession session, CancellationToken cancellationToken) => _target.FindUploadAsync(session, cancellationToken);

    public Task CancelUploadAsync(UploadSession session, CancellationToken cancellationToken) => _target.CancelUploadAsync(session, cancellationToken);

    public ValueTask<IDisposable?> EnterManifestPushAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        _target.EnterManifestPushAsync(repository, cancellationToken);

    public Task PutManifestAsync(RepositoryName repository, Reference reference, Manifest manifest, CancellationToken cancellationToken) =>
        _target.PutManifestAsync(repository, reference, manifest, cancellationToken);

    public ValueTask DisposeAsync() => _target.DisposeAsync();
}
