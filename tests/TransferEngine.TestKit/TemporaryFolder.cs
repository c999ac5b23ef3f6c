namespace TransferEngine.TestKit;

/// <summary>A folder of its own for one test, gone afterwards. In memory where the machine has such a place.</summary>
public sealed class TemporaryFolder : IDisposable
{
    private static readonly string Parent = Directory.Exists("/dev/shm") ? "/dev/shm" : System.IO.Path.GetTempPath();

    public string Path { get; } = Directory.CreateDirectory(System.IO.Path.Combine(Parent, "transfer-test-" + System.IO.Path.GetRandomFileName())).FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
