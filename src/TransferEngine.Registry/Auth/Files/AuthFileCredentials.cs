using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>
/// Credentials out of auth files: the first file that has some for the host or the repository. Nothing is read before credentials are
/// wanted, and what was found is looked up anew after some minutes, since tokens of credential helpers expire.
/// </summary>
internal sealed class AuthFileCredentials(IReadOnlyList<AuthFileLocation> locations, CredentialHelper helper, TimeProvider time) : ICredentialSource
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(5);

    // A job may go through more repositories than that within the time.
    private const int MaxFound = 1000;

    private readonly SemaphoreSlim _turn = new(1);
    private Contents? _contents;

    private sealed record Contents(IReadOnlyList<AuthFile> Files, DateTimeOffset ReadAgainAt)
    {
        /// <summary>By host and repository, each in an array that may be empty.</summary>
        public RecentlyUsed<string, RegistryCredential[]> Found { get; } = new(MaxFound, StringComparer.Ordinal);

        public Dictionary<(string Name, string Server), RegistryCredential?> Helped { get; } = [];
    }

    public async ValueTask<RegistryCredential?> FindAsync(string host, RepositoryName? repository, CancellationToken cancellationToken)
    {
        var key = $"{host}/{repository}";
        if (Volatile.Read(ref _contents) is { } known && known.ReadAgainAt > time.GetUtcNow() && known.Found.TryGet(key, out var found))
            return found.FirstOrDefault();
        // One at a time: a helper that asks its user something shall do so once.
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_contents is null || _contents.ReadAgainAt <= time.GetUtcNow())
                _contents = new Contents([.. locations.Select(AuthFile.Read).OfType<AuthFile>()], time.GetUtcNow() + Life);
            var credential = await SearchAsync(_contents, host, repository, cancellationToken);
            _contents.Found.Set(key, credential is null ? [] : [credential]);
            return credential;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<RegistryCredential?> SearchAsync(Contents contents, string host, RepositoryName? repository, CancellationToken cancellationToken)
    {
        string[] candidates = [.. AuthFileKey.Candidates(host, repository)];
        var found = await SearchAsync(contents, candidates, cancellationToken);
        if (found is not null || repository is not null)
            return found;
        // Only namespaces of the host have credentials: one of them serves where the host as a whole is asked. It stays the same host.
        var below = AuthFileKey.CanonicalHost(host) + "/";
        foreach (var key in contents.Files.SelectMany(file => file.Keys).Where(key => key.StartsWith(below, StringComparison.Ordinal)))
        {
            if (await SearchAsync(contents, [key], cancellationToken) is { } narrow)
                return narrow;
        }
        return null;
    }

    private async Task<RegistryCredential?> SearchAsync(Contents contents, string[] candidates, CancellationToken cancellationToken)
    {
        foreach (var file in contents.Files)
        {
            if (await SearchAsync(contents, file, candidates, cancellationToken) is { } found)
                return found;
        }
        return null;
    }

    private async Task<RegistryCredential?> SearchAsync(Contents contents, AuthFile file, string[] candidates, CancellationToken cancellationToken)
    {
        var entry = file.FindEntry(candidates);
        var keeper = file.FindHelper(candidates);
        // Whom the file names for the registry is asked before it is looked into, though it has an entry for the namespace: so does skopeo.
        if (keeper is not var (key, name, isStore) || (isStore && entry?.Key.Length > key.Length))
            return entry?.Credential;
        try
        {
            return await AskAsync(contents, name, AuthFileKey.ServerOf(key), cancellationToken) ?? entry?.Credential;
        }
        catch (TransferException) when (entry is not null)
        {
            // A config.json that came from another machine names a store that isn't here: what it holds itself still counts.
            return entry.Value.Credential;
        }
    }

    private async Task<RegistryCredential?> AskAsync(Contents contents, string name, string server, CancellationToken cancellationToken) =>
        contents.Helped.TryGetValue((name, server), out var known) ? known
            : contents.Helped[(name, server)] = await helper.GetAsync(name, server, cancellationToken);
}
