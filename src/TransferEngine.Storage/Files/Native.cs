using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using TransferEngine.Images;

namespace TransferEngine.Storage.Files;

/// <summary>The system calls that the framework has no methods for. Where there is no such call, they fail like a file system without it.</summary>
internal static partial class Native
{
    public const int NotPermitted = 1;
    public const int OtherFileSystem = 18;
    public const int NoSpace = 28;
    public const int TooManyLinks = 31;
    public const int NotSupported = 95;
    public const int QuotaExceeded = 122;

    private const int CurrentFolder = -100;
    private const int NoFollow = 0x100;
    private const nuint CloneRequest = 0x40049409;
    private const uint WantOwner = 0x18;

    // STATX_MTIME, STATX_CTIME, STATX_INO, STATX_SIZE.
    private const uint WantStamp = 0x3c0;

    // STATX_TYPE, STATX_SIZE.
    private const uint WantEntry = 0x201;

    // ENOENT, ENOTDIR.
    private const int NoEntry = 2;
    private const int NoFolder = 20;

    // S_IFMT, S_IFDIR, S_IFLNK.
    private const int KindMask = 0xf000;
    private const int FolderKind = 0x4000;
    private const int LinkKind = 0xa000;

    /// <summary><c>link(2)</c>: 0, or the error's number.</summary>
    public static int Link(string source, string destination) =>
        OperatingSystem.IsLinux() ? Result(LinkAt(CurrentFolder, source, CurrentFolder, destination, 0)) : NotSupported;

    /// <summary><c>ioctl_ficlone(2)</c>: 0, or the error's number.</summary>
    public static int Clone(SafeFileHandle source, SafeFileHandle destination) =>
        OperatingSystem.IsLinux() ? Result(Ioctl(destination, CloneRequest, source)) : NotSupported;

    /// <summary><c>fchownat(2)</c>, of a link itself: 0, or the error's number.</summary>
    public static int ChangeOwner(string path, FileOwner owner) =>
        OperatingSystem.IsLinux() ? Result(ChangeOwnerAt(CurrentFolder, path, owner.User, owner.Group, NoFollow)) : NotSupported;

    /// <summary>Whom a file belongs to; null if the system does not tell.</summary>
    public static FileOwner? OwnerOf(string path) =>
        OperatingSystem.IsLinux() && StatX(CurrentFolder, path, NoFollow, WantOwner, out var status) == 0 ? new FileOwner(status.User, status.Group) : null;

    /// <summary>What lies at a path; null if the system does not tell, or tells that something is wrong.</summary>
    public static FileEntry? EntryAt(string path)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        if (StatX(CurrentFolder, path, NoFollow, WantEntry, out var status) != 0)
            return Marshal.GetLastPInvokeError() is NoEntry or NoFolder ? default(FileEntry) : null;
        return (status.Mask & WantEntry) != WantEntry ? null : new FileEntry((status.Mode & KindMask) switch
        {
            FolderKind => EntryKind.Folder,
            LinkKind => EntryKind.Link,
            _ => EntryKind.File,
        }, (long)status.Size);
    }

    /// <summary>A file's length, and what tells its content from any other or later one; null if the system does not tell all of it.</summary>
    public static (long Length, FileStamp Stamp)? StampOf(string path) =>
        OperatingSystem.IsLinux() && StatX(CurrentFolder, path, NoFollow, WantStamp, out var status) == 0 && (status.Mask & WantStamp) == WantStamp
            ? ((long)status.Size, new FileStamp(((ulong)status.DeviceMajor << 32) | status.DeviceMinor, status.Inode, Nanoseconds(status.ModifiedAt), Nanoseconds(status.ChangedAt)))
            : null;

    /// <summary><c>syncfs(2)</c>: all that was written to the file's file system is on the disk. 0, or the error's number.</summary>
    public static int SyncFileSystem(SafeFileHandle file) => OperatingSystem.IsLinux() ? Result(SyncFs(file)) : NotSupported;

    private static long Nanoseconds(StatusTime time) => unchecked((time.Seconds * 1_000_000_000) + time.Nanoseconds);

    private static int Result(int returned) => returned == 0 ? 0 : Marshal.GetLastPInvokeError();

    [LibraryImport("libc", EntryPoint = "linkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LinkAt(int sourceFolder, string source, int destinationFolder, string destination, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Ioctl(SafeFileHandle file, nuint request, SafeFileHandle argument);

    [LibraryImport("libc", EntryPoint = "fchownat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwnerAt(int folder, string path, uint user, uint group, int flags);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int folder, string path, int flags, uint mask, out Status status);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    private static partial int SyncFs(SafeFileHandle file);

    /// <summary>The fields that matter of <c>struct statx</c>, which is the same on all machines.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Status
    {
        [FieldOffset(0)]
        public uint Mask;

        [FieldOffset(20)]
        public uint User;

        [FieldOffset(24)]
        public uint Group;

        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(40)]
        public ulong Size;

        [FieldOffset(96)]
        public StatusTime ChangedAt;

        [FieldOffset(112)]
        public StatusTime ModifiedAt;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }

    [StructLayout(LayoutKind.Sequential, Size = 16)]
    private struct StatusTime
    {
        public long Seconds;

        public uint Nanoseconds;
    }
}
