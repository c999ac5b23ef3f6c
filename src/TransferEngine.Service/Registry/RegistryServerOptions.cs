namespace TransferEngine.Service.Registry;

/// <summary>Where and how a registry over a storage tree listens.</summary>
public sealed record RegistryServerOptions
{
    /// <summary><c>HOST:PORT</c>, an IP address or <c>localhost</c>; port 0 takes a free one. Loopback unless the user says otherwise.</summary>
    public string Listen { get; init; } = "127.0.0.1:5000";

    /// <summary>PEM file of the certificate and its chain; without one the server speaks plain HTTP.</summary>
    public string? CertificatePath { get; init; }

    /// <summary>PEM file of the certificate's key, if it is not in the certificate's file.</summary>
    public string? KeyPath { get; init; }

    /// <summary>Apache htpasswd file with bcrypt entries; without one everybody is let in.</summary>
    public string? HtpasswdPath { get; init; }
}
