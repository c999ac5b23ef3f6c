using Microsoft.Data.Sqlite;
using TransferEngine.Images;

namespace TransferEngine.Sql;

/// <summary>
/// The jobs in the state folder, read without disturbing whoever runs one: nothing is locked, written or created.
/// </summary>
public sealed class SqliteJobStore(JobStoreOptions options) : IJobStore
{
    public IReadOnlyList<string> List()
    {
        var folder = options.ResolveDirectory();
        if (!Directory.Exists(folder))
            return [];
        return [.. Directory.EnumerateFiles(folder, "*" + JobFiles.Extension)
            .Select(Path.GetFileNameWithoutExtension)
            .OfType<string>()
            .Where(JobFiles.IsName)
            .Order(StringComparer.Ordinal)];
    }

    public Task<JobStatus> ReadAsync(string job, CancellationToken cancellationToken)
    {
        var files = JobFiles.Of(options, job);
        if (!File.Exists(files.Database))
            throw Unknown(files);
        return Task.Run(() => Read(files, cancellationToken), cancellationToken);
    }

    private static JobStatus Read(JobFiles files, CancellationToken cancellationToken)
    {
        try
        {
            using var connection = SqliteConnections.OpenForReading(files);
            return JournalSchema.Exists(connection) ? Fold(files.Job, connection, cancellationToken) : throw Unknown(files);
        }
        catch (SqliteException exception)
        {
            throw SqliteErrors.Failed(files.Database, "read", exception);
        }
        catch (Exception exception) when (exception is ArgumentException or System.Text.Json.JsonException)
        {
            throw new TransferException(
                new TransferError(ErrorCode.JournalFailed, $"The journal of job {files.Job} holds an event that can't be read: {exception.Message}")
                {
                    Scope = ErrorScope.Endpoint,
                    Path = files.Database,
                },
                exception);
        }
    }

    private static JobStatus Fold(string job, SqliteConnection connection, CancellationToken cancellationToken)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT manifest, message, created FROM journal WHERE deleted = 0 ORDER BY ordering";
        using var rows = command.ExecuteReader();
        var projection = new JobStatusProjection(job);
        while (rows.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var fact = (IJobEvent)JobEventJson.Deserialize(rows.GetString(0), rows.GetFieldValue<byte[]>(1));
            projection.Apply(fact, JournalSchema.Created(rows.GetInt64(2)));
        }
        return projection.Status;
    }

    private static TransferException Unknown(JobFiles files) => new(
        new TransferError(ErrorCode.JobUnknown, $"No state of a job named {files.Job} is kept on this machine.")
        {
            Scope = ErrorScope.Endpoint,
            Path = files.Folder,
        });
}
