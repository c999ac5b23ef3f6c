using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>What somebody logs in to: a registry, or a namespace of one with credentials of its own.</summary>
/// <param name="Key">Under which auth files know it: <c>host[:port][/namespace]</c>.</param>
/// <param name="Endpoint">Where credentials for it are checked.</param>
public sealed record RegistryAccount(string Key, RegistryEndpoint Endpoint)
{
    /// <summary>Reads <c>host[:port][/namespace]</c>; a scheme in front is let pass, since docker writes one.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.EndpointInvalid"/>.</exception>
    public static RegistryAccount Parse(string text)
    {
        var bare = text.StartsWith("docker://", StringComparison.Ordinal) ? text["docker://".Length..] : AuthFileKey.Normalize(text);
        var endpoint = RegistryEndpoint.Parse(bare);
        return new RegistryAccount(AuthFileKey.Candidates(endpoint.Host, endpoint.Prefix).First(), endpoint);
    }

    public override string ToString() => Key;
}
