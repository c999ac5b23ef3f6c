using TransferEngine.Images;

namespace TransferEngine.Sql;

/// <summary>What opening a job is under every actor runtime: its folder, its lock, its database file.</summary>
internal static class JobOpening
{
    /// <summary>
    /// Locks the job, makes sure of its database file, and hands both to <paramref name="start"/>, which owns the lock from then on unless it throws.
    /// </summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.JobBusy"/> or <see cref="ErrorCode.JournalFailed"/>.</exception>
    public static JobActorSystem Open(JobStoreOptions options, string job, bool restart, Func<JobFiles, JobLock, JobActorSystem> start)
    {
        var files = JobFiles.Of(options, job);
        JobLock? held = null;
        try
        {
            files.CreateFolder();
            held = JobLock.Take(files);
            if (restart)
                files.DeleteDatabase();
            files.CreateDatabase();
            var system = start(files, held);
            held = null;
            return system;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw SqliteErrors.Failed(files.Database, "opened", exception);
        }
        finally
        {
            held?.Dispose();
        }
    }
}
