using System.Diagnostics;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>Makes the connection pools of a registry.</summary>
internal static class HttpHandlers
{
    private static readonly DistributedContextPropagator WithoutHeaders = DistributedContextPropagator.CreateNoOutputPropagator();

    // RFC 5280, section 4.2.1.12: id-kp-serverAuth.
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

    /// <summary>Connections to the registry itself.</summary>
    /// <exception cref="TransferException">The certificate folder can't be used.</exception>
    public static SocketsHttpHandler Own(RegistryEndpoint endpoint, RegistryOptions options, AddressGuard guard)
    {
        var ssl = new SslClientAuthenticationOptions();
        if (options.CertDir is { Length: > 0 } named)
            UseFolder(ssl, endpoint, named);
        else if (CertificateFolders.Find(endpoint.Host, CertificateFolders.Roots(Environment.GetEnvironmentVariable)) is { } found)
            UseFolder(ssl, endpoint, found);
        return Create(options, guard, ssl);
    }

    /// <summary>Connections to where the registry sends its clients: what was given for the registry is not for them.</summary>
    public static SocketsHttpHandler Elsewhere(RegistryOptions options, AddressGuard guard) => Create(options, guard, new SslClientAuthenticationOptions());

    private static SocketsHttpHandler Create(RegistryOptions options, AddressGuard guard, SslClientAuthenticationOptions ssl)
    {
        if (!options.TlsVerify)
        {
#pragma warning disable CA5359 // What the user asks for by name: --dest-tls-verify=false.
            ssl.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        return new SocketsHttpHandler
        {
            // Redirects, cookies and encodings are a client's own business here: a redirect must not carry credentials along, Harbor
            // answers its own cookie with 403, and content is passed on as it is.
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = System.Net.DecompressionMethods.None,
            ConnectTimeout = options.ConnectTimeout,
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
            // Requests are in the traces of who listens; where a trace goes on is nothing for a registry to know.
            ActivityHeadersPropagator = WithoutHeaders,
            Proxy = new EnvironmentProxy(HttpClient.DefaultProxy),
            ConnectCallback = guard.ConnectAsync,
            SslOptions = ssl,
        };
    }

    private static void UseFolder(SslClientAuthenticationOptions ssl, RegistryEndpoint endpoint, string folder)
    {
        try
        {
            var roots = new X509Certificate2Collection();
            foreach (var file in Directory.EnumerateFiles(folder, "*.crt").Order(StringComparer.Ordinal))
                roots.ImportFromPemFile(file);
            if (roots.Count > 0)
                ssl.RemoteCertificateValidationCallback = (_, certificate, chain, errors) => IsTrusted(certificate, chain, errors, roots);
            var own = Directory.EnumerateFiles(folder, "*.cert").Order(StringComparer.Ordinal)
                .Select(file => X509Certificate2.CreateFromPemFile(file, Path.ChangeExtension(file, ".key")));
            ssl.ClientCertificates = [.. own];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new TransferException(new TransferError(ErrorCode.TlsFailed, $"The certificate folder can't be used: {Printable.Of(e.Message)}")
            { Host = endpoint.Host, Path = folder, Scope = ErrorScope.Endpoint, Hint = "It holds PEM files: *.crt for roots, *.cert with *.key for the client." }, e);
        }
    }

    // The folder's roots count beside the system's; nothing else about the certificate is let pass.
    private static bool IsTrusted(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors, X509Certificate2Collection roots)
    {
        if (errors == SslPolicyErrors.None)
            return true;
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || certificate is not X509Certificate2 server || chain is null)
            return false;
        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.AddRange(roots);
        own.ChainPolicy.ExtraStore.AddRange(chain.ChainElements.Select(element => element.Certificate).ToArray());
        own.ChainPolicy.ApplicationPolicy.Add(ServerAuthentication);
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return own.Build(server);
    }
}
