using System.Globalization;

namespace TransferEngine.Images;

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

    // A tar's header takes no more than this, and to chown(2) the very largest number means "leave it as it is".
    private static bool TryNumber(string text, out uint number) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= int.MaxValue;
}
