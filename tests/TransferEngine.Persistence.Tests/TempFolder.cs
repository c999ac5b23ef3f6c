namespace TransferEngine.Persistence.Tests;

internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("sql-tests-").FullName;

    public JobStoreOptions Options => new() { StateDirectory = System.IO.Path.Combine(Path, "state") };

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public string StateFile(string name) => System.IO.Path.Combine(Path, "state", name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
