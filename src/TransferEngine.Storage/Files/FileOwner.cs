using System.Globalization;

namespace TransferEngine.Storage.Files;

/// <summary>User and group, by number, that files are given to.</summary>
public readonly record struct FileOwner(uint User, uint Group)
{
    /// <summary>Reads <c>UID:GID</c>. Names are not taken: they mean the accounts of this machine, not those of the registry's.</summary>
    public static bool TryParse(string? text, out FileOwner owner)
    {
        owner = default;
        if (text?.Split(':') is not [var user, var group] || !TryNumber(user, out var uid) || !TryNumber(group, out var gid))
            return false;
        owner = new FileOwner(uid, gid);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{User}:{Group}");

    // The largest number means "leave it as it is" to chown(2).
    private static bool TryNumber(string text, out uint number) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number != uint.MaxValue;
}
