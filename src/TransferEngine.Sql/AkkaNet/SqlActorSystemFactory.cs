using Akka.Configuration;
using Microsoft.Data.Sqlite;
using TransferEngine.Images;

namespace TransferEngine.Sql;

/// <summary>Actor systems of Akka.NET, with Akka.Persistence.Sql on the job's SQLite file.</summary>
public sealed class SqlActorSystemFactory(JobStoreOptions options) : IActorSystemFactory
{
    public ValueTask<JobActorSystem> OpenAsync(string job, bool restart, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(JobOpening.Open(options, job, restart, Start));
    }

    private static JobActorSystem Start(JobFiles files, JobLock held)
    {
        CreateJournal(files);
        // Pooled: the plugin opens a connection per operation.
        var connectionString = SqliteConnections.ConnectionString(files.Database, SqliteOpenMode.ReadWriteCreate, pooling: true);
        var system = ActorSystem.Create("transfer", ConfigurationFactory.ParseString(Configuration(connectionString)));
        return new JobActorSystem(system, () =>
        {
            using (var connection = new SqliteConnection(connectionString))
                SqliteConnection.ClearPool(connection);
            held.Dispose();
            return ValueTask.CompletedTask;
        });
    }

    /// <exception cref="TransferException"><see cref="ErrorCode.JournalFailed"/>.</exception>
    private static void CreateJournal(JobFiles files)
    {
        try
        {
            SqliteConnections.OpenForWriting(files.Database).Dispose();
        }
        catch (SqliteException exception)
        {
            throw SqliteErrors.Failed(files.Database, "opened", exception);
        }
    }

    // Akka's own loggers write to the standard output, where this program's results go.
    private static string Configuration(string connectionString) => $$"""
        akka {
          loglevel = OFF
          stdout-loglevel = OFF
          actor {
            serializers.job-event = {{TypeName(typeof(JobEventSerializer))}}
            serialization-bindings {
              {{TypeName(typeof(IJobEvent))}} = job-event
            }
          }
          persistence.journal {
            plugin = "akka.persistence.journal.sql"
            sql {
              class = "Akka.Persistence.Sql.Journal.SqlWriteJournal, Akka.Persistence.Sql"
              provider-name = "SQLite.MS"
              connection-string = {{Quoted(connectionString)}}
              auto-initialize = true
              tag-write-mode = Csv
              # SQLite has one writer at a time; a second one would only wait for its lock.
              parallelism = 1
            }
          }
        }
        """;

    private static string TypeName(Type type) => Quoted($"{type.FullName}, {type.Assembly.GetName().Name}");

    private static string Quoted(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
