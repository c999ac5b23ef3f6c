using System.Runtime.InteropServices;

namespace TransferEngine.Storage.Tests.RegistryTree;

/// <summary>
/// Runs file accesses as user nobody, also where the tests run as root, to whom every file is readable:
/// <c>setfsuid(2)</c> changes the identity that Linux checks files against for the calling thread alone.
/// </summary>
internal static class AnotherUser
{
    private const int Nobody = 65534;

    public static T Run<T>(Func<T> action)
    {
        var result = default(T);
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            // The thread ends with the test, and nobody else ever runs on it.
            _ = SetFileUser(Nobody);
            try
            {
                result = action();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        return failure is null ? result! : throw new InvalidOperationException("As user nobody: " + failure.Message, failure);
    }

    [DllImport("libc", EntryPoint = "setfsuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetFileUser(int id);
}
