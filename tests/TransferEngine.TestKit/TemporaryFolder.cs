namespace TransferEngine.TestKit;

/// <summary>A folder of its own for each test, below TMPDIR, removed afterwards. Other users may look into it.</summary>
public sealed class TemporaryFolder : IDisposable
{
    private const string MemoryRoot = "/dev/shm";

    /// <param name="inMemory">Where the system has a file system in memory, there: for much that is flushed and nobody's concern afterwards.</param>
    public TemporaryFolder(bool inMemory = false)
    {
        Path = inMemory && Directory.Exists(MemoryRoot)
            ? Directory.CreateDirectory($"{MemoryRoot}/transfer-test-{Guid.NewGuid():N}").FullName
            : Directory.CreateTempSubdirectory("transfer-test-").FullName;
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
    }

    public string Path { get; }

    public string Of(params ReadOnlySpan<string> names) => System.IO.Path.Join([Path, .. names]);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
