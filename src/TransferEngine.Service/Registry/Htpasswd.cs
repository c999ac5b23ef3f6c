using System.Runtime.InteropServices;
using TransferEngine.Images;

namespace TransferEngine.Service.Registry;

/// <summary>
/// The users of an Apache htpasswd file. Only bcrypt entries (<c>$2y$</c>) are taken, as by distribution. The hash is computed by
/// the system's libcrypt: no package that we can restore has bcrypt.
/// </summary>
internal sealed partial class Htpasswd
{
    // A user that does not exist must take as long as a wrong password, else names can be found out.
    private const string NobodysHash = "$2y$05$abcdefghijklmnopqrstuuKSAf0MdTPfqBeFnWvXJ6bJtgV5YVyZK";

    // crypt(3) keeps its answer in a buffer of its own.
    private static readonly Lock Turn = new();

    private readonly Dictionary<string, string> _hashes = new(StringComparer.Ordinal);

    private Htpasswd()
    {
    }

    /// <exception cref="TransferException"><see cref="ErrorCode.EndpointInvalid"/>: unreadable, empty, or an entry without bcrypt.</exception>
    public static Htpasswd Read(string path)
    {
        var users = new Htpasswd();
        var number = 0;
        foreach (var line in Lines(path))
        {
            number++;
            if (line.Trim() is not { Length: > 0 } entry || entry.StartsWith('#'))
                continue;
            if (entry.Split(':', 2) is not [{ Length: > 0 } user, var hash] || !IsBcrypt(hash))
                throw RegistryServer.Invalid($"Line {number} of {path} is no bcrypt entry.", "Make it by: htpasswd -B FILE USER.");
            users._hashes[user] = hash;
        }
        return users._hashes.Count > 0 ? users : throw RegistryServer.Invalid($"{path} names no user, so nobody could log in.", "Make an entry by: htpasswd -Bc FILE USER.");
    }

    public bool Accepts(string user, string password)
    {
        var isKnown = _hashes.TryGetValue(user, out var hash);
        lock (Turn)
        {
            var computed = Marshal.PtrToStringUTF8(Crypt(password, hash ?? NobodysHash));
            return isKnown && computed == hash;
        }
    }

    private static bool IsBcrypt(string hash) => hash.Length == 60 && hash.StartsWith("$2", StringComparison.Ordinal) && hash[2] is 'y' or 'b' or 'a';

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw RegistryServer.Invalid($"The users' file {path} can't be read: {Printable.Of(e.Message)}", "Give an htpasswd file with bcrypt entries.", e);
        }
    }

    [LibraryImport("libcrypt.so.1", EntryPoint = "crypt", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Crypt(string password, string setting);
}
