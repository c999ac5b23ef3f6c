using System.Net;

namespace TransferEngine.Registry;

/// <summary>
/// The proxy that HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY name, as the runtime reads them; but never for this machine, which
/// is how docker, podman and skopeo take these variables.
/// </summary>
internal sealed class EnvironmentProxy(IWebProxy named) : IWebProxy
{
    public ICredentials? Credentials
    {
        get => named.Credentials;
        set => named.Credentials = value;
    }

    public Uri? GetProxy(Uri destination) => destination.IsLoopback ? null : named.GetProxy(destination);

    public bool IsBypassed(Uri host) => host.IsLoopback || named.IsBypassed(host);
}
