using TransferEngine.Images;

namespace TransferEngine.Storage.RegistryTree;

/// <summary>The failures of reading a tree, worded once.</summary>
internal static class TreeErrors
{
    public static bool IsFileTrouble(Exception e) => e is IOException or UnauthorizedAccessException;

    public static TransferException Unreadable(string path, Exception e) => new(new TransferError(ErrorCode.SourceUnreadable, e switch
    {
        UnauthorizedAccessException => "Reading it is not permitted.",
        FileNotFoundException or DirectoryNotFoundException => "It is not there any more.",
        _ => Printable.Of(e.Message),
    })
    {
        Path = path,
        Hint = e is UnauthorizedAccessException ? "Run as a user who may read the whole tree." : null,
    }, e);

    /// <summary>
    /// Why something could not be written. On a full disk nothing more can be done at all, whatever was written: that is the endpoint's.
    /// </summary>
    /// <param name="path">What was to be written.</param>
    /// <param name="e">What went wrong.</param>
    /// <param name="scope">How far it reaches where the disk is not full.</param>
    public static TransferException Unwritable(string path, Exception e, ErrorScope scope = ErrorScope.Image) => IsDiskFull(e)
        ? new(new TransferError(ErrorCode.TargetFull, "The disk is full, or this user's share of it is used up.")
        {
            Scope = ErrorScope.Endpoint,
            Path = path,
            Hint = "Make room there, then run the same command again.",
        }, e)
        : IsFileTooLarge(e)
        ? new(new TransferError(ErrorCode.TargetFull, "The file system, or a limit set for this process, takes no file as large as this.")
        {
            Scope = scope,
            Path = path,
            Hint = "Choose a target on a file system that takes larger files, or raise the limit (ulimit -f).",
        }, e)
        : new(new TransferError(ErrorCode.TargetUnwritable, e is UnauthorizedAccessException ? "Writing it is not permitted." : Printable.Of(e.Message))
        {
            Scope = scope,
            Path = path,
            Hint = e is UnauthorizedAccessException ? "Run as a user who may write the whole tree." : null,
        }, e);

    // EFBIG: FAT takes no file of 4 GiB. Smaller ones still fit, so it is that file's alone.
    private static bool IsFileTooLarge(Exception e) => !OperatingSystem.IsWindows() && e.HResult == 27;

    // ENOSPC or EDQUOT of Linux, ERROR_DISK_FULL of Windows.
    public static bool IsDiskFull(Exception e) => OperatingSystem.IsWindows() ? e.HResult == unchecked((int)0x80070070) : e.HResult is 28 or 122;

    /// <summary>What a manifest names is not there, so that the manifest can't be either.</summary>
    public static TransferException Unknown(RepositoryName repository, Digest missing) =>
        new(new TransferError(ErrorCode.TargetBlobUnknown, $"{repository} does not have {missing}, which the manifest names.") { Repository = repository, Digest = missing });

    public static TransferException WrongKind(string path, string found, string wanted) =>
        new(new TransferError(ErrorCode.SourceUnreadable, $"There is a {found} where a {wanted} should be.") { Path = path });

    public static TransferException OutsideRoot(string path, string target, string root) =>
        new(new TransferError(ErrorCode.SourceOutsideRoot, $"The symbolic link leads out of the tree {root}, to {Printable.Of(target)}.")
        {
            Path = path,
            Hint = "Replace the link by what it points to, or by a bind mount.",
        });

    public static TransferException At(this TransferException e, ErrorScope scope) =>
        new(e.Error with { Scope = scope }, e.InnerException);

    public static TransferError Of(this TransferException e, RepositoryName? repository, Reference? reference = null) =>
        e.Error with { Repository = repository, Reference = reference };
}
