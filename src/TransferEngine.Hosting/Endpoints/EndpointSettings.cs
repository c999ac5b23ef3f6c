namespace TransferEngine.Hosting;

/// <summary>How one endpoint is spoken to, beside its address. What is left out comes from the configuration.</summary>
public sealed record EndpointSettings
{
    /// <summary>No credentials, certificates verified against the system's roots.</summary>
    public static EndpointSettings Default { get; } = new();

    public EndpointCredentials? Credentials { get; init; }

    /// <summary>The only auth file to look into.</summary>
    public string? AuthFile { get; init; }

    /// <summary>False: plain HTTP and certificates that nobody vouches for are taken, for this endpoint only.</summary>
    public bool? VerifyTls { get; init; }

    /// <summary>Folder of <c>*.crt</c> files with further certificate authorities to trust.</summary>
    public string? CertificateFolder { get; init; }

    /// <summary>How often a request without content is tried again.</summary>
    public int? RetryTimes { get; init; }

    /// <summary>What holds if the endpoint is a Harbor.</summary>
    public HarborSettings? Harbor { get; init; }
}
