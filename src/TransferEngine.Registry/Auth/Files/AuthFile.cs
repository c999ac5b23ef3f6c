using System.Text;
using System.Text.Json;
using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>
/// What one auth file says (containers-auth.json(5), docker's <c>config.json</c>). Fields that are not known are passed over; an
/// entry is understood when it is asked for, so that another registry's broken one does no harm.
/// </summary>
internal sealed class AuthFile
{
    public const int MaxBytes = 1024 * 1024;

    private readonly string _path;
    private readonly Dictionary<string, JsonElement> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _helpers = new(StringComparer.Ordinal);
    private readonly string? _store;

    private AuthFile(AuthFileLocation location, JsonElement root)
    {
        _path = location.Path;
        var entries = location.IsLegacy ? root : Object(root, "auths");
        foreach (var entry in Properties(entries).Where(entry => entry.Value.ValueKind == JsonValueKind.Object))
            Add(_entries, entry.Name, entry.Value);
        foreach (var helper in Properties(Object(root, "credHelpers")).Where(helper => helper.Value.ValueKind == JsonValueKind.String))
            Add(_helpers, helper.Name, helper.Value.GetString()!);
        _store = location.IsLegacy ? null : Text(root, "credsStore");
    }

    /// <summary>The keys under which credentials of their own may be had.</summary>
    public IEnumerable<string> Keys => _entries.Keys.Concat(_helpers.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    /// <summary>Null if there is no such file and none was asked for by name.</summary>
    /// <exception cref="TransferException">It can't be read, or is no such file.</exception>
    public static AuthFile? Read(AuthFileLocation location)
    {
        if (ReadBytes(location) is not { } bytes)
            return null;
        // An empty file, or /dev/null, holds nothing: a common way to say so.
        if (bytes.All(one => char.IsWhiteSpace((char)one)))
            bytes = "{}"u8.ToArray();
        try
        {
            using var json = JsonDocument.Parse(bytes);
            return json.RootElement.ValueKind == JsonValueKind.Object ? new AuthFile(location, json.RootElement.Clone()) : throw Broken(location.Path, null);
        }
        catch (JsonException e)
        {
            throw Broken(location.Path, e);
        }
    }

    /// <summary>The file's bytes without a byte order mark; null if it is not there and need not be.</summary>
    public static byte[]? ReadBytes(AuthFileLocation location)
    {
        try
        {
            using var file = File.OpenRead(location.Path);
            var buffer = new byte[MaxBytes + 1];
            var length = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            if (length > MaxBytes)
                throw CredentialErrors.OfFile(location.Path, "The auth file is larger than 1 MiB.", "Name the right file with --authfile.");
            var bytes = buffer.AsSpan(0, length);
            return (bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes).ToArray();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return location.IsRequired ? throw CredentialErrors.OfFile(location.Path, "There is no such auth file.", "Make it with transfer login, or name another with --authfile.", e) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CredentialErrors.OfFile(location.Path, "The auth file can't be read.", "See that this user may read it, or name another with --authfile.", e);
        }
    }

    /// <summary>The entry with the longest key that holds for the repository; null if there is none, or it is empty.</summary>
    /// <exception cref="TransferException">The entry can't be understood.</exception>
    public (string Key, RegistryCredential Credential)? FindEntry(IEnumerable<string> candidates)
    {
        foreach (var key in candidates)
        {
            if (_entries.TryGetValue(key, out var entry) && Decode(key, entry) is { } credential)
                return (key, credential);
        }
        return null;
    }

    /// <summary>
    /// The helper that keeps the credentials: <c>credHelpers</c> by the longest key, else <c>credsStore</c> for the host. An empty name
    /// in <c>credHelpers</c> means the file itself.
    /// </summary>
    /// <returns>What to ask for, whom, and whether that is the store for everything.</returns>
    public (string Key, string Name, bool IsStore)? FindHelper(IReadOnlyList<string> candidates)
    {
        foreach (var key in candidates)
        {
            if (_helpers.TryGetValue(key, out var name))
                return name.Length == 0 ? null : (key, name, false);
        }
        return _store is { Length: > 0 } && !candidates[^1].Contains('/', StringComparison.Ordinal) ? (candidates[^1], _store, true) : null;
    }

    public static TransferException Broken(string path, Exception? inner) =>
        CredentialErrors.OfFile(path, "The auth file is not a JSON object.", "Mend it, or name another with --authfile.", inner);

    // The key as it is written without a scheme goes before docker's way to write the same.
    private static void Add<T>(Dictionary<string, T> all, string key, T value)
    {
        var normalized = AuthFileKey.Normalize(key);
        if (key == normalized)
            all[normalized] = value;
        else
            all.TryAdd(normalized, value);
    }

    private RegistryCredential? Decode(string key, JsonElement entry)
    {
        var (user, password) = (Text(entry, "username") ?? "", Text(entry, "password") ?? "");
        if (Text(entry, "auth") is { Length: > 0 } auth)
            (user, password) = Split(key, auth);
        if (Text(entry, "identitytoken") is { Length: > 0 } identity)
            return RegistryCredential.OfIdentityToken(identity, user);
        if (Text(entry, "registrytoken") is { Length: > 0 } token)
            return RegistryCredential.OfRegistryToken(token);
        return user.Length == 0 ? null : new RegistryCredential(user, password);
    }

    private (string User, string Password) Split(string key, string auth)
    {
        var bytes = new byte[auth.Length];
        var text = Convert.TryFromBase64String(auth, bytes, out var length) ? Encoding.UTF8.GetString(bytes, 0, length).Trim('\0') : "";
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 ? (text[..colon], text[(colon + 1)..])
            : throw CredentialErrors.OfFile(_path, $"The auth file's entry for {Printable.Of(key)} is not user:password in base64.", "Make it anew with transfer login.");
    }

    private static JsonElement Object(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value : default;

    private static JsonElement.ObjectEnumerator Properties(JsonElement element) =>
        element.ValueKind == JsonValueKind.Object ? element.EnumerateObject() : default;

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
