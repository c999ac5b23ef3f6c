using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>
/// A registry of which the user has not said what it is. Harbor is told as by <see cref="DetectingTarget"/>, and differs only in how
/// its repositories are listed.
/// </summary>
public sealed class DetectingSource : DelegatingSource
{
    private readonly RegistrySource _registry;
    private readonly HarborSource _harbor;

    private DetectingSource(RegistrySource registry, RegistryEndpoint endpoint, TimeProvider time) : base(registry)
    {
        _registry = registry;
        _harbor = new HarborSource(registry, endpoint, time);
    }

    public override IReadOnlyList<string> Notes => _harbor.Notes;

    /// <summary>No request is sent yet.</summary>
    /// <exception cref="TransferException">The certificate folder can't be used.</exception>
    public static DetectingSource Create(
        RegistryEndpoint endpoint, RegistryOptions registry, ICredentialSource credentials, TimeProvider time, ILoggerFactory? loggers = null) =>
        new(RegistrySource.Create(endpoint, registry, credentials, time, loggers), endpoint, time);

    public override async IAsyncEnumerable<SourceRepository> ListRepositoriesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await _registry.CheckOnceAsync(cancellationToken);
        IImageSource source = HarborTarget.Is(_registry.Transport) ? _harbor : _registry;
        await foreach (var repository in source.ListRepositoriesAsync(cancellationToken))
            yield return repository;
    }
}
