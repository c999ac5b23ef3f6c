using TransferEngine.Registry;

namespace TransferEngine.Hosting;

/// <summary>
/// Where a registry's credentials come from. The first of these decides:
/// <list type="number">
/// <item><see cref="EndpointSettings.IsAnonymous"/>: there are none;</item>
/// <item><see cref="EndpointSettings.Credentials"/> (<c>--dest-creds</c>, <c>--dest-username</c>);</item>
/// <item><see cref="EndpointSettings.RegistryToken"/> (<c>--dest-registry-token</c>);</item>
/// <item><see cref="EndpointSettings.AuthFile"/> (<c>--dest-authfile</c>, else <c>--authfile</c>), alone;</item>
/// <item>the file in <c>REGISTRY_AUTH_FILE</c>, alone;</item>
/// <item>the search of <see cref="AuthFiles"/>.</item>
/// </list>
/// </summary>
internal sealed class EndpointCredentialSources(AuthFiles authFiles)
{
    public ICredentialSource Of(EndpointSettings settings) => settings switch
    {
        { IsAnonymous: true } => FixedCredentials.Anonymous,
        { Credentials: { } given } => new FixedCredentials(new RegistryCredential(given.User, given.Password)),
        { RegistryToken: { } token } => new FixedCredentials(RegistryCredential.OfRegistryToken(token.Value)),
        _ => authFiles.Search(settings.AuthFile),
    };
}
