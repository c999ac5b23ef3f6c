namespace TransferEngine.Storage.Tests;

/// <summary>A folder of its own for each test, removed afterwards.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("storage-tests-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
