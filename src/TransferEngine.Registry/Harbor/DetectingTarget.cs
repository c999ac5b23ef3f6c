using Microsoft.Extensions.Logging;
using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>
/// A registry of which the user has not said what it is. Harbor is told by the name that it gives itself in its challenge, which
/// is asked for anyway; everything else is taken for a plain registry.
/// </summary>
public sealed class DetectingTarget : DelegatingTarget
{
    private readonly RegistryTarget _registry;
    private readonly RegistryEndpoint _endpoint;
    private readonly HarborOptions _options;
    private readonly TimeProvider _time;
    private IImageTarget _target;

    private DetectingTarget(RegistryTarget registry, RegistryEndpoint endpoint, HarborOptions options, TimeProvider time)
    {
        _registry = registry;
        _endpoint = endpoint;
        _options = options;
        _time = time;
        _target = registry;
    }

    /// <inheritdoc/>
    /// <remarks>As written, whatever it turns out to be: it names the job.</remarks>
    public override string Endpoint => _registry.Endpoint;

    /// <inheritdoc/>
    protected override IImageTarget Inner => _target;

    /// <exception cref="TransferException">The certificate folder can't be used.</exception>
    public static DetectingTarget Create(
        RegistryEndpoint endpoint, RegistryOptions registry, HarborOptions options, ICredentialSource credentials, TimeProvider time,
        ILoggerFactory? loggers = null) =>
        new(RegistryTarget.Create(endpoint, registry, credentials, time, loggers), endpoint, options, time);

    public override async Task CheckAsync(CancellationToken cancellationToken)
    {
        await _registry.CheckAsync(cancellationToken);
        if (_target == _registry && HarborTarget.Is(_registry.Transport))
            _target = new HarborTarget(_registry, _endpoint, _options, _time);
        if (_target is HarborTarget harbor)
            await harbor.CheckProjectAsync(cancellationToken);
    }
}
