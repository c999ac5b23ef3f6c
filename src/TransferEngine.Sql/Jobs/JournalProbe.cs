using Microsoft.Data.Sqlite;

namespace TransferEngine.Sql;

/// <summary>Whether a job that begins now could keep its state: tried out with a database of its own, which no job ever sees.</summary>
public static class JournalProbe
{
    // No job's name begins with a dot.
    private const string Prefix = ".probe-";

    /// <exception cref="Images.TransferException"><see cref="Images.ErrorCode.JournalFailed"/>, with the reason.</exception>
    public static void Run(JobStoreOptions options)
    {
        var folder = options.ResolveDirectory();
        var path = Path.Combine(folder, $"{Prefix}{Guid.NewGuid():N}");
        try
        {
            JobFiles.CreateFolder(folder);
            try
            {
                JobFiles.OpenOwned(path, FileShare.ReadWrite).Dispose();
                SqliteConnections.OpenForWriting(path).Dispose();
            }
            finally
            {
                JobFiles.DeleteDatabase(path);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or SqliteException)
        {
            throw SqliteErrors.Failed(folder, "opened", exception);
        }
    }
}
