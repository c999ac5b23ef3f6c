using TransferEngine.Sql;

namespace TransferEngine.Tests.Runtime;

/// <summary>
/// Akka.NET's in-memory journal ends with its system, so what must outlive a run is kept in a temporary folder here, by the
/// factory that the product uses.
/// </summary>
internal sealed class MemoryActorSystems : IActorSystemFactory, IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("transfer-engine-tests-");

    public ValueTask<JobActorSystem> OpenAsync(string job, bool restart, CancellationToken cancellationToken) =>
        new SqlActorSystemFactory(new JobStoreOptions { StateDirectory = _folder.FullName }).OpenAsync(job, restart, cancellationToken);

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}
