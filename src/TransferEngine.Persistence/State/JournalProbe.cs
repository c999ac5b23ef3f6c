using TransferEngine.Images;

namespace TransferEngine.Persistence;

/// <summary>Whether a job that begins now could keep its state.</summary>
public static class JournalProbe
{
    // No job's name begins with a dot, and nobody sees it: it is gone when it is there.
    private const string Sql = "BEGIN IMMEDIATE; INSERT INTO job (name) VALUES ('.probe') ON CONFLICT DO NOTHING; DELETE FROM job WHERE name = '.probe'; COMMIT";

    /// <summary>Opens the state database, made if it is not there, and writes to it.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.JournalFailed"/>, with the reason.</exception>
    public static async Task RunAsync(JobStoreOptions options, CancellationToken cancellationToken)
    {
        var database = StateDatabase.Of(options);
        await database.CreateAsync(cancellationToken);
        await database.RunAsync(Sql, [], cancellationToken);
    }
}
