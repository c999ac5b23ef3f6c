using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TransferEngine.Registry;

/// <summary>
/// Keeps credentials in one auth file, or with the credential helper that the file names for the registry. The file is replaced as a
/// whole, with mode 0600; what else stands in it stays.
/// </summary>
public sealed class AuthFileStore
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, IndentCharacter = '\t', IndentSize = 1 };

    private readonly AuthFileLocation _location;
    private readonly CredentialHelper _helper;

    internal AuthFileStore(AuthFileLocation location, CredentialHelper helper) => (_location, _helper) = (location, helper);

    public string Path => _location.Path;

    /// <summary>Stores a user and a password.</summary>
    /// <returns>Where they are now, for the user to read.</returns>
    /// <exception cref="Images.TransferException"><see cref="Images.ErrorCode.CredentialsUnusable"/>: the file or the helper can't be used.</exception>
    public async Task<string> StoreAsync(RegistryAccount account, string username, string password, CancellationToken cancellationToken)
    {
        if (HelperFor(account.Key) is var (key, name))
        {
            await _helper.StoreAsync(name, AuthFileKey.ServerOf(key), username, password, cancellationToken);
            return $"docker-credential-{name}";
        }
        var root = ReadRoot();
        Entries(root)[WrittenKeyOf(root, account.Key)] = new JsonObject { ["auth"] = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{username}:{password}")) };
        Write(root);
        return Path;
    }

    /// <summary>Forgets one registry's credentials. False if there were none.</summary>
    /// <exception cref="Images.TransferException"><see cref="Images.ErrorCode.CredentialsUnusable"/>.</exception>
    public async Task<bool> EraseAsync(RegistryAccount account, CancellationToken cancellationToken)
    {
        var isErased = HelperFor(account.Key) is var (key, name) && await _helper.EraseAsync(name, AuthFileKey.ServerOf(key), cancellationToken);
        return RemoveEntries(key => AuthFileKey.Normalize(key) == account.Key) > 0 || isErased;
    }

    /// <summary>Forgets all that the file holds, and what its helpers hold for the registries that it names.</summary>
    /// <returns>How many registries were forgotten.</returns>
    /// <exception cref="Images.TransferException"><see cref="Images.ErrorCode.CredentialsUnusable"/>.</exception>
    public async Task<int> EraseAllAsync(CancellationToken cancellationToken)
    {
        var erased = new HashSet<string>(StringComparer.Ordinal);
        foreach (var key in AuthFile.Read(_location)?.Keys ?? [])
        {
            if (HelperFor(key) is var (helped, name) && await _helper.EraseAsync(name, AuthFileKey.ServerOf(helped), cancellationToken))
                erased.Add(key);
        }
        RemoveEntries(key => erased.Add(AuthFileKey.Normalize(key)) || true);
        return erased.Count;
    }

    private (string Key, string Name)? HelperFor(string key) => AuthFile.Read(_location)?.FindHelper([key]) is { } helper ? (helper.Key, helper.Name) : null;

    private int RemoveEntries(Func<string, bool> isMeant)
    {
        if (AuthFile.ReadBytes(_location) is null)
            return 0;
        var root = ReadRoot();
        var entries = Entries(root);
        string[] keys = [.. entries.Select(entry => entry.Key).Where(isMeant)];
        foreach (var key in keys)
            entries.Remove(key);
        if (keys.Length > 0)
            Write(root);
        return keys.Length;
    }

    private string WrittenKeyOf(JsonObject root, string key) =>
        Entries(root).Select(entry => entry.Key).FirstOrDefault(written => AuthFileKey.Normalize(written) == key)
            ?? (_location.IsDockers || _location.IsLegacy ? AuthFileKey.ServerOf(key) : key);

    private JsonObject ReadRoot()
    {
        try
        {
            var bytes = AuthFile.ReadBytes(_location) ?? [];
            var root = bytes.All(one => char.IsWhiteSpace((char)one)) ? [] : JsonNode.Parse(bytes) as JsonObject ?? throw AuthFile.Broken(Path, null);
            // Duplicate keys come to light at the first look.
            _ = root.Count;
            return root;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw AuthFile.Broken(Path, e);
        }
    }

    private JsonObject Entries(JsonObject root)
    {
        if (_location.IsLegacy)
            return root;
        if (root["auths"] is not JsonObject entries)
            root["auths"] = entries = [];
        return entries;
    }

    private void Write(JsonObject root)
    {
        try
        {
            PrivateFile.Replace(Path, Encoding.UTF8.GetBytes(root.ToJsonString(Indented) + "\n"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CredentialErrors.OfFile(Path, "The auth file can't be written.", "See that this user may write there, or name another file with --authfile.", e);
        }
    }
}
