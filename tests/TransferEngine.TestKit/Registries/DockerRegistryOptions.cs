namespace TransferEngine.TestKit.Registries;

/// <summary>What a <see cref="DockerRegistry"/> is started with, beside its root folder.</summary>
public sealed record DockerRegistryOptions
{
    /// <summary>Whether it takes DELETE of manifests and blobs.</summary>
    public bool DeleteEnabled { get; init; }

    /// <summary>Whether it takes manifests with layers that lie elsewhere (<c>urls</c>), which in its default configuration it does not.</summary>
    public bool AllowsForeignLayers { get; init; }

    /// <summary>An htpasswd file with bcrypt entries (the only kind it reads); then all requests need Basic credentials.</summary>
    public string? HtpasswdFile { get; init; }

    /// <summary>Who gives out tokens; then all requests need one. With <see cref="TokenCertificateFile"/>.</summary>
    public TokenServer? TokenServer { get; init; }

    /// <summary>A PEM file with the token server's <see cref="TokenServer.CertificatePem"/>.</summary>
    public string? TokenCertificateFile { get; init; }

    /// <summary>PEM files that make it speak TLS.</summary>
    public string? CertificateFile { get; init; }

    public string? KeyFile { get; init; }

    /// <summary>The port to listen on; 0 takes a free one. For a registry that must come back where it was.</summary>
    public int Port { get; init; }

    /// <summary>How long to wait for it to answer.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(2);
}
