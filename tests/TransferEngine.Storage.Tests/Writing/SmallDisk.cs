using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using TransferEngine.TestKit;

namespace TransferEngine.Storage.Tests.Writing;

/// <summary>A file system of its own, in memory, that is soon full. To make one takes root.</summary>
internal sealed class SmallDisk : IDisposable
{
    // MNT_DETACH: also while somebody has a file open.
    private const int Detach = 2;

    private readonly TemporaryFolder _folder = new();

    public SmallDisk(int bytes)
    {
        if (Mount(Text("tmpfs"), Text(_folder.Path), Text("tmpfs"), 0, Text($"size={bytes}")) != 0)
            throw new InvalidOperationException($"This test makes a small file system, for which it has to run as root: {new Win32Exception(Marshal.GetLastWin32Error()).Message}");
    }

    public string Path => _folder.Path;

    public void Dispose()
    {
        _ = Unmount(Text(_folder.Path), Detach);
        _folder.Dispose();
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text + '\0');

    [DllImport("libc", EntryPoint = "mount", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Mount(byte[] source, byte[] target, byte[] type, ulong flags, byte[] options);

    [DllImport("libc", EntryPoint = "umount2")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Unmount(byte[] target, int flags);
}
