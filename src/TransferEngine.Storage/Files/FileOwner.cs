using System.Globalization;
using TransferEngine.Images;

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

    /// <summary>Finds out whether files in a folder can be given away, by a file that is gone again at once.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.TargetUnwritable"/>, with <see cref="ErrorScope.Endpoint"/>.</exception>
    internal void Try(string folder)
    {
        var path = Path.Join(folder, $"{Guid.NewGuid():N}.tmp");
        using (File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.DeleteOnClose))
            Give(path);
    }

    /// <summary>Makes this the owner of a file or folder, not of what a link leads to.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.TargetUnwritable"/>, with <see cref="ErrorScope.Endpoint"/>.</exception>
    internal void Give(string path)
    {
        if (Native.ChangeOwner(path, this) != 0)
            throw new TransferException(new TransferError(ErrorCode.TargetUnwritable, $"What is written there can't be given to {this}.")
            {
                Scope = ErrorScope.Endpoint,
                Path = path,
                Hint = "Run as root, or leave --chown away and change the owner afterwards.",
            });
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{User}:{Group}");

    // A tar's header takes no more than this, and to chown(2) the very largest number means "leave it as it is".
    private static bool TryNumber(string text, out uint number) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= int.MaxValue;
}
