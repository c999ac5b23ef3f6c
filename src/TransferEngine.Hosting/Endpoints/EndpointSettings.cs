namespace TransferEngine.Hosting;

/// <summary>How one endpoint is spoken to, beside its address. What is left out comes from the configuration.</summary>
public sealed record EndpointSettings
{
    /// <summary>Credentials from the user's auth files, certificates verified against the system's roots.</summary>
    public static EndpointSettings Default { get; } = new();

    /// <summary>A user and a password. Goes before <see cref="RegistryToken"/>, and that before any file.</summary>
    public EndpointCredentials? Credentials { get; init; }

    /// <summary>A Bearer token that the registry takes as it is.</summary>
    public EndpointToken? RegistryToken { get; init; }

    /// <summary>The only auth file to look into; null for those that <see cref="Registry.AuthFiles"/> finds.</summary>
    public string? AuthFile { get; init; }

    /// <summary>True: no credentials, and no look for any.</summary>
    public bool IsAnonymous { get; init; }

    /// <summary>False: plain HTTP and certificates that nobody vouches for are taken, for this endpoint only.</summary>
    public bool? VerifyTls { get; init; }

    /// <summary>
    /// Folder of <c>*.crt</c> files with further certificate authorities to trust, and <c>*.cert</c> with <c>*.key</c> for the client's own
    /// certificate; null for the host's folder in <c>certs.d</c>, if there is one.
    /// </summary>
    public string? CertificateFolder { get; init; }

    /// <summary>
    /// Hosts of token servers that the registry's credentials may be sent to, beside its own host and those of its domain; none for those
    /// that are configured for all registries.
    /// </summary>
    public IReadOnlyList<string> TrustedRealms { get; init; } = [];

    /// <summary>How often a request without content is tried again.</summary>
    public int? RetryTimes { get; init; }

    /// <summary>What holds if the endpoint is a Harbor.</summary>
    public HarborSettings? Harbor { get; init; }

    /// <summary>What holds if the endpoint is a folder or file of this machine.</summary>
    public FileSettings? Files { get; init; }

    /// <summary>What a definition says, with the secrets that this process has for it.</summary>
    public static EndpointSettings Of(EndpointDefinition endpoint, EndpointSecrets secrets) => new()
    {
        Credentials = secrets.Credentials,
        RegistryToken = secrets.RegistryToken,
        AuthFile = endpoint.Authfile,
        IsAnonymous = endpoint.NoCreds,
        VerifyTls = endpoint.TlsVerify,
        CertificateFolder = endpoint.CertDir,
        TrustedRealms = endpoint.TrustedRealms,
        RetryTimes = endpoint.RetryTimes,
        Harbor = endpoint.Harbor,
        Files = endpoint.Files,
    };
}
