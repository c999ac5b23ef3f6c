using System.ComponentModel.DataAnnotations;

namespace TransferEngine.Registry;

/// <summary>How to talk to a registry. Bound from the configuration section <c>transfer-engine:registry</c>.</summary>
public sealed class RegistryOptions
{
    /// <summary>How often a request without content is tried again.</summary>
    [Range(0, 100)]
    public int RetryTimes { get; set; } = 5;

    /// <summary>Pause before the first new try; doubles each time, with jitter.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest pause, also where the registry asks for a longer one by Retry-After.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// How long the registry may answer nobody, as where it is restarted, before it is given up and the run ends. While it answers others, a
    /// request fails after <see cref="RetryTimes"/>.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan MaxOutage { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long connecting may take, the handshake of TLS included.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the registry may take to answer, or to accept the next piece of content, before the request is given up.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>False: accept any certificate, and plain HTTP where there is no TLS.</summary>
    public bool TlsVerify { get; set; } = true;

    /// <summary>
    /// A folder of certificates as docker's <c>certs.d/host</c>: <c>*.crt</c> are further roots, <c>*.cert</c> with
    /// <c>*.key</c> is the client's own. Empty for the host's folder in the <c>certs.d</c> of podman or docker, if there is one.
    /// </summary>
    public string CertDir { get; set; } = "";

    /// <summary>
    /// Token servers, <c>host[:port]</c>, that the registry's credentials may be sent to beside its own host and those of its domain.
    /// </summary>
    public IReadOnlyList<string> TrustedRealms { get; set; } = [];
}
