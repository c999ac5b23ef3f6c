using System.Data.Common;
using LinqToDB;
using TransferEngine.Images;

namespace TransferEngine.Persistence;

/// <summary>
/// The database that holds the state of all jobs: SQLite alone, PostgreSQL where nodes share jobs. What differs between the two is here and nowhere else.
/// </summary>
internal abstract class StateDatabase
{
    /// <summary>Where it is, for messages; never with a password.</summary>
    public abstract string Place { get; }

    /// <summary>Whether other machines may use it too.</summary>
    public abstract bool IsShared { get; }

    /// <summary>False if it was never written to.</summary>
    public abstract bool Exists { get; }

    /// <summary>An SQL expression: the database's own clock, in milliseconds since 1970. The clocks of nodes differ.</summary>
    public abstract string Now { get; }

    /// <summary>How Akka.Persistence.Sql gets at it.</summary>
    public abstract DataOptions Options { get; }

    /// <summary>How many writers at once it takes.</summary>
    public abstract int Writers { get; }

    /// <exception cref="TransferException"><see cref="ErrorCode.ConfigurationInvalid"/>: the connection string can't be understood.</exception>
    public static StateDatabase Of(JobStoreOptions options) => options.Database.Length > 0 ? new PostgresState(options.Database) : new SqliteState(options);

    /// <summary>Makes sure that database and tables are there.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.JournalFailed"/>.</exception>
    public abstract Task CreateAsync(CancellationToken cancellationToken);

    /// <summary>A connection that nobody used before, and nobody uses after.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.JournalFailed"/>.</exception>
    public abstract Task<DbConnection> OpenAsync(bool toWrite, CancellationToken cancellationToken);

    /// <summary>Whether that says no more than that nobody ever wrote there.</summary>
    public virtual bool IsMissingTable(DbException cause) => false;

    /// <param name="verb">What could not be done with it: opened, read, written.</param>
    /// <param name="cause">What the database said.</param>
    public abstract TransferException Failed(string verb, Exception cause);

    /// <summary>Runs one statement; parameters are <c>@p0</c>, <c>@p1</c> and so on.</summary>
    /// <returns>How many rows it changed.</returns>
    public async Task<int> RunAsync(string sql, object?[] parameters, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(toWrite: true, cancellationToken);
        try
        {
            await using var command = Command(connection, sql, parameters);
            return await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (DbException e)
        {
            throw Failed("written", e);
        }
    }

    /// <summary>Reads the rows of a query, one after the other.</summary>
    public async Task ReadAsync(string sql, object?[] parameters, Action<DbDataReader> onRow, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(toWrite: false, cancellationToken);
        try
        {
            await using var command = Command(connection, sql, parameters);
            await using var rows = await command.ExecuteReaderAsync(cancellationToken);
            while (await rows.ReadAsync(cancellationToken))
                onRow(rows);
        }
        catch (DbException e) when (IsMissingTable(e))
        {
            // No rows.
        }
        catch (DbException e)
        {
            throw Failed("read", e);
        }
    }

    private static DbCommand Command(DbConnection connection, string sql, object?[] parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < parameters.Length; i++)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = $"@p{i}";
            parameter.Value = parameters[i] ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }
        return command;
    }
}
