namespace TransferEngine.Registry;

/// <summary>
/// The files in which docker, podman and skopeo keep credentials. Searched in this order:
/// <list type="number">
/// <item>the file that the user names (<c>--authfile</c>), then alone;</item>
/// <item>the file in <c>REGISTRY_AUTH_FILE</c>, then alone;</item>
/// <item><c>$XDG_RUNTIME_DIR/containers/auth.json</c>;</item>
/// <item><c>containers/auth.json</c> in <c>$XDG_CONFIG_HOME</c>, else in <c>~/.config</c>;</item>
/// <item><c>config.json</c> in <c>$DOCKER_CONFIG</c>, else in <c>~/.docker</c>;</item>
/// <item><c>~/.dockercfg</c>.</item>
/// </list>
/// The first file that has credentials wins. Within a file the longest key of <c>host/namespace/repository</c> wins, in <c>auths</c>,
/// <c>credHelpers</c> and <c>credsStore</c> (which stands for the host); of keys of the same length a helper goes before <c>auths</c>.
/// </summary>
/// <param name="environment">Gives environment variables.</param>
/// <param name="time">Bounds how long helpers may run and how long what they say is believed.</param>
public sealed class AuthFiles(Func<string, string?> environment, TimeProvider time)
{
    private readonly CredentialHelper _helper = new(environment, time);

    /// <summary>As this process's environment says.</summary>
    public static AuthFiles OfProcess(TimeProvider time) => new(Environment.GetEnvironmentVariable, time);

    /// <param name="authFile">The only file to look into; null for the search.</param>
    public ICredentialSource Search(string? authFile = null) => new AuthFileCredentials(AuthFileLocation.Search(environment, authFile), _helper, time);

    /// <summary>The file that logins go into: the one named, else <c>REGISTRY_AUTH_FILE</c>, else the first <c>containers/auth.json</c> of the search.</summary>
    public AuthFileStore OpenStore(string? authFile = null) => new(AuthFileLocation.ForLogin(environment, authFile) with { IsRequired = false }, _helper);
}
