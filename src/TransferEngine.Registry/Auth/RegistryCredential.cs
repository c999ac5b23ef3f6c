using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>What a registry is shown to let somebody in: a password, an identity token or a registry token. Never printed.</summary>
public sealed class RegistryCredential
{
    public RegistryCredential(string username, string password)
        : this(CredentialKind.Password, username, password)
    {
    }

    private RegistryCredential(CredentialKind kind, string username, string secret) => (Kind, Username, Secret) = (kind, username, secret);

    /// <summary>Empty for tokens that name no user.</summary>
    public string Username { get; }

    internal CredentialKind Kind { get; }

    internal string Secret { get; }

    /// <summary>A token that a token server takes instead of a password (distribution's <c>docs/spec/auth/oauth.md</c>, <c>refresh_token</c>).</summary>
    public static RegistryCredential OfIdentityToken(string token, string username = "") => new(CredentialKind.IdentityToken, username, token);

    /// <summary>A Bearer token that the registry itself takes as it is; no token server is asked.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.CredentialsUnusable"/>: it holds what no header takes; the text is not repeated.</exception>
    public static RegistryCredential OfRegistryToken(string token) => token.Trim() is { Length: > 0 } trimmed && !trimmed.Any(letter => letter is <= ' ' or > '~')
        ? new(CredentialKind.RegistryToken, "", trimmed)
        : throw new TransferException(new TransferError(ErrorCode.CredentialsUnusable, "The registry token is empty, or holds characters that no token has.") { Scope = ErrorScope.Endpoint });

    public override string ToString() => "RegistryCredential (hidden)";
}

/// <summary>How a credential's secret is used.</summary>
internal enum CredentialKind
{
    Password,
    IdentityToken,
    RegistryToken,
}

/// <summary>Where credentials come from: flags, files, helpers.</summary>
public interface ICredentialSource
{
    /// <param name="host"><c>host[:port]</c>.</param>
    /// <param name="repository">What they are for, where credentials differ by namespace; null for the host as a whole.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>Null for anonymous access.</returns>
    /// <exception cref="TransferException"><see cref="ErrorCode.CredentialsUnusable"/>: there may be some, but they can't be had.</exception>
    ValueTask<RegistryCredential?> FindAsync(string host, RepositoryName? repository, CancellationToken cancellationToken);
}

/// <summary>The same credential for everything, or none.</summary>
public sealed class FixedCredentials(RegistryCredential? credential) : ICredentialSource
{
    public static FixedCredentials Anonymous { get; } = new(null);

    public ValueTask<RegistryCredential?> FindAsync(string host, RepositoryName? repository, CancellationToken cancellationToken) => ValueTask.FromResult(credential);
}
