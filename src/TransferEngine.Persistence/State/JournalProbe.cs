using TransferEngine.Images;

namespace TransferEngine.Persistence;

/// <summary>Whether a job that begins now could keep its state.</summary>
public static class JournalProbe
{
    /// <summary>Opens the state database, made if it is not there, and writes to it.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.JournalFailed"/>, with the reason.</exception>
    public static async Task RunAsync(JobStoreOptions options, CancellationToken cancellationToken)
    {
        var database = StateDatabase.Of(options);
        await database.CreateAsync(cancellationToken);
        // No job's name begins with a dot: a write that changes nothing.
        await database.RunAsync("DELETE FROM job WHERE name = '.probe'", [], cancellationToken);
    }
}
