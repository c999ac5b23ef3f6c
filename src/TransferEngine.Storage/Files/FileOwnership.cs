using TransferEngine.Images;

namespace TransferEngine.Storage.Files;

/// <summary>Gives files to their owner.</summary>
internal static class FileOwnership
{
    /// <summary>Finds out whether files in a folder can be given away, by a file that is gone again at once.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.TargetUnwritable"/>, with <see cref="ErrorScope.Endpoint"/>.</exception>
    public static void Try(this FileOwner owner, string folder)
    {
        var path = Path.Join(folder, $"{Guid.NewGuid():N}.tmp");
        using (File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.DeleteOnClose))
            owner.Give(path);
    }

    /// <summary>Makes this the owner of a file or folder, not of what a link leads to.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.TargetUnwritable"/>, with <see cref="ErrorScope.Endpoint"/>.</exception>
    public static void Give(this FileOwner owner, string path)
    {
        if (Native.ChangeOwner(path, owner) != 0)
            throw new TransferException(new TransferError(ErrorCode.TargetUnwritable, $"What is written there can't be given to {owner}.")
            {
                Scope = ErrorScope.Endpoint,
                Path = path,
                Hint = "Run as root, or leave --chown away and change the owner afterwards.",
            });
    }
}
