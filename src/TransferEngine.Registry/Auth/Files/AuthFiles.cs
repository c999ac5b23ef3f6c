namespace TransferEngine.Registry;

/// <summary>
/// The files in which docker, podman and skopeo keep credentials. Searched in this order:
/// <list type="number">
/// <item>the file that the user names (<c>--authfile</c>), then alone;</item>
/// <item>the file in <c>REGISTRY_AUTH_FILE</c>, then alone;</item>
/// <item><c>$XDG_RUNTIME_DIR/containers/auth.json</c>; without that variable <c>/run/containers/UID/auth.json</c>, as podman does;</item>
/// <item><c>containers/auth.json</c> in <c>$XDG_CONFIG_HOME</c>, else in <c>~/.config</c>;</item>
/// <item><c>config.json</c> in <c>$DOCKER_CONFIG</c>, else in <c>~/.docker</c>;</item>
/// <item><c>~/.dockercfg</c>.</item>
/// </list>
/// The first file that has credentials wins. Within a file the longest key of <c>host/namespace/repository</c> wins, in <c>auths</c>,
/// <c>credHelpers</c> and <c>credsStore</c> (which stands for the host); of keys of the same length a helper goes before <c>auths</c>.
/// </summary>
/// <param name="environment">Gives environment variables.</param>
/// <param name="time">Bounds how long helpers may run and how long what they say is believed.</param>
/// <param name="podmanFolder">What stands for <c>/run/containers/UID</c>; null for none.</param>
public sealed class AuthFiles(Func<string, string?> environment, TimeProvider time, string? podmanFolder = null)
{
    private readonly CredentialHelper _helper = new(environment, time);

    /// <summary>As this process's environment says.</summary>
    public static AuthFiles OfProcess(TimeProvider time) => new(Environment.GetEnvironmentVariable, time, AuthFileLocation.PodmanFolder());

    /// <param name="authFile">The only file to look into; null for the search.</param>
    public ICredentialSource Search(string? authFile = null) => new AuthFileCredentials(Locate(authFile), _helper, time);

    /// <summary>The file that logins go into: the first of the search, so that no other one hides them.</summary>
    /// <param name="authFile">The file to use instead.</param>
    public AuthFileStore OpenStore(string? authFile = null) => new(Locate(authFile)[0] with { IsRequired = false }, _helper);

    private IReadOnlyList<AuthFileLocation> Locate(string? authFile) => AuthFileLocation.Search(environment, authFile, podmanFolder);
}
