using System.Globalization;
using System.Text.RegularExpressions;
using TransferEngine.Images;
using static BCrypt.Net.BCrypt;

namespace TransferEngine.Service.Registry;

/// <summary>The users of an Apache htpasswd file. Only bcrypt entries (<c>$2y$</c> and its kin) are taken, as by distribution.</summary>
internal sealed partial class Htpasswd
{
    // Behind the cost a salt and a hash, of no password that anybody knows.
    private const string NobodysSaltAndHash = "abcdefghijklmnopqrstuuKSAf0MdTPfqBeFnWvXJ6bJtgV5YVyZK";

    private readonly Dictionary<string, string> _hashes = new(StringComparer.Ordinal);
    private readonly Func<string, string, bool> _verify;
    private int _highestCost;

    private Htpasswd(Func<string, string, bool> verify) => _verify = verify;

    /// <param name="path">The file.</param>
    /// <param name="verify">Tells whether a password has a bcrypt hash; by default it does.</param>
    /// <exception cref="TransferException"><see cref="ErrorCode.EndpointInvalid"/>: unreadable, empty, or an entry without bcrypt.</exception>
    public static Htpasswd Read(string path, Func<string, string, bool>? verify = null)
    {
        var users = new Htpasswd(verify ?? ((password, hash) => Verify(password, hash)));
        var number = 0;
        foreach (var line in Lines(path))
        {
            number++;
            if (line.Trim() is not { Length: > 0 } entry || entry.StartsWith('#'))
                continue;
            if (entry.Split(':', 2) is not [{ Length: > 0 } user, var hash] || !BcryptHash().IsMatch(hash))
                throw RegistryServer.Invalid($"Line {number} of {path} is no bcrypt entry.", "Make it by: htpasswd -B FILE USER.");
            users._hashes[user] = hash;
            users._highestCost = Math.Max(users._highestCost, CostOf(hash));
        }
        return users._hashes.Count > 0 ? users : throw RegistryServer.Invalid($"{path} names no user, so nobody could log in.", "Make an entry by: htpasswd -Bc FILE USER.");
    }

    /// <summary>
    /// Slow on purpose. The work is the same for every user, also for one who does not exist, else names could be found out by the time:
    /// that of the highest cost in the file, where a cost is a power of two.
    /// </summary>
    public bool Accepts(string user, string password)
    {
        var hash = _hashes.GetValueOrDefault(user);
        var isRight = _verify(password, hash ?? Nobodys(_highestCost)) && hash is not null;
        for (var cost = hash is null ? _highestCost : CostOf(hash); cost < _highestCost; cost++)
            _ = _verify(password, Nobodys(cost));
        return isRight;
    }

    private static string Nobodys(int cost) => string.Create(CultureInfo.InvariantCulture, $"$2y${cost:00}${NobodysSaltAndHash}");

    private static int CostOf(string hash) => int.Parse(hash.AsSpan(4, 2), CultureInfo.InvariantCulture);

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

    [GeneratedRegex(@"\A\$2[aby]\$(0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{53}\z", RegexOptions.CultureInvariant)]
    private static partial Regex BcryptHash();
}
