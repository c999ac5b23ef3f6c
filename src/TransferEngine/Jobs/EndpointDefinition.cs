namespace TransferEngine;

/// <summary>
/// A source or target with what it takes to speak to it, as data. Of credentials it says only where each node finds its own: in a file, or
/// in an environment variable.
/// </summary>
/// <param name="Address">As users write it: <c>docker://host/prefix</c>, <c>registry-tree:PATH</c>, a path.</param>
public sealed record EndpointDefinition(string Address)
{
    /// <summary>False: plain HTTP and certificates that nobody vouches for are taken, for this endpoint only. Null for the host's configuration.</summary>
    public bool? TlsVerify { get; init; }

    /// <summary>
    /// Folder of <c>*.crt</c> files with further certificate authorities to trust, and <c>*.cert</c> with <c>*.key</c> for the client's own
    /// certificate; null for the host's folder in <c>certs.d</c>, if there is one.
    /// </summary>
    public string? CertDir { get; init; }

    /// <summary>
    /// Hosts of token servers that the registry's credentials may be sent to, beside its own host and those of its domain; none for those
    /// that are configured for all registries.
    /// </summary>
    public IReadOnlyList<string> TrustedRealms { get; init; } = [];

    /// <summary>How often a request without content is tried again.</summary>
    public int? RetryTimes { get; init; }

    /// <summary>The only file with credentials, as skopeo and docker keep them (<c>auth.json</c>, <c>config.json</c>), to look into.</summary>
    public string? Authfile { get; init; }

    public string? Username { get; init; }

    /// <summary>Name of the environment variable with the password for <see cref="Username"/>.</summary>
    public string? PasswordEnv { get; init; }

    /// <summary>True: no credentials, and no look for any.</summary>
    public bool NoCreds { get; init; }

    /// <summary>What is particular to a Harbor as a target; null for the configuration's.</summary>
    public HarborSettings? Harbor { get; init; }

    /// <summary>What is particular to a target that keeps files; null for the defaults.</summary>
    public FileSettings? Files { get; init; }
}
