namespace TransferEngine.Sql;

/// <summary>Actor systems of this project's own kernel, on the job's SQLite file.</summary>
public sealed class SqlActorSystemFactory(JobStoreOptions options) : IActorSystemFactory
{
    public ValueTask<JobActorSystem> OpenAsync(string job, bool restart, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(JobOpening.Open(options, job, restart, Start));
    }

    private static JobActorSystem Start(JobFiles files, JobLock held)
    {
        var journal = SqliteEventJournal.Open(files.Database);
        var system = ActorSystem.Create("transfer", new ActorSystemSettings { Journal = journal, Serializer = new JobEventSerializer() });
        return new JobActorSystem(system, async () =>
        {
            await journal.DisposeAsync();
            held.Dispose();
        });
    }
}
