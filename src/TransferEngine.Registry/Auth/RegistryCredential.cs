using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>User name and password for one registry. Never printed.</summary>
public sealed class RegistryCredential(string username, string password)
{
    public string Username { get; } = username;

    internal string Password { get; } = password;

    public override string ToString() => "RegistryCredential (hidden)";
}

/// <summary>Where credentials come from: flags, files, helpers.</summary>
public interface ICredentialSource
{
    /// <param name="host"><c>host[:port]</c>.</param>
    /// <param name="repository">What they are for, where credentials differ by namespace; null for the host as a whole.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>Null for anonymous access.</returns>
    ValueTask<RegistryCredential?> FindAsync(string host, RepositoryName? repository, CancellationToken cancellationToken);
}

/// <summary>The same credential for everything, or none.</summary>
public sealed class FixedCredentials(RegistryCredential? credential) : ICredentialSource
{
    public static FixedCredentials Anonymous { get; } = new(null);

    public ValueTask<RegistryCredential?> FindAsync(string host, RepositoryName? repository, CancellationToken cancellationToken) => ValueTask.FromResult(credential);
}
