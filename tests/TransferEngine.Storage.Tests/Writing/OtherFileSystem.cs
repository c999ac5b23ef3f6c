using System.Runtime.Versioning;
using TransferEngine.Storage.Tests.Folders;

namespace TransferEngine.Storage.Tests.Writing;

/// <summary>A folder on another file system than a test's own, wherever TMPDIR lies.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class OtherFileSystem : IDisposable
{
    /// <exception cref="InvalidOperationException">This machine has one file system only.</exception>
    public OtherFileSystem(string than)
    {
        string[] candidates = [.. new[] { "/dev/shm", AppContext.BaseDirectory, "/var/tmp", "/tmp" }.Where(Directory.Exists)];
        var device = DeviceOf(than);
        var found = candidates.FirstOrDefault(folder => DeviceOf(folder) != device)
            ?? throw new InvalidOperationException($"This test needs two file systems, but {string.Join(", ", candidates)} all lie on that of {than}. Set TMPDIR to a folder on another one.");
        Path = Directory.CreateDirectory(System.IO.Path.Join(found, $"transfer-test-{Guid.NewGuid():N}")).FullName;
    }

    public string Path { get; }

    public string Of(string name) => System.IO.Path.Join(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private static string DeviceOf(string folder) => Inodes.OfAsync(folder).GetAwaiter().GetResult()[0].Split(':')[0];
}
