using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using TransferEngine.Images;

namespace TransferEngine.Sql;

/// <summary>One atomic write on its way.</summary>
/// <param name="Apply">What to do inside the transaction.</param>
/// <param name="IsOneStatement">SQLite undoes a single failed statement by itself; more need a savepoint.</param>
internal sealed record JournalWrite(Action<JournalStatements> Apply, bool IsOneStatement)
{
    public TaskCompletionSource Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TransferException? Failure { get; set; }
}

/// <summary>
/// The one writer. Takes all writes that wait, applies them in one transaction, and says so to each after the
/// commit. A write that can't be applied fails alone; a commit that fails, fails all of its writes.
/// </summary>
internal sealed class JournalWriter : IAsyncDisposable
{
    private const int LargestGroup = 1000;

    private readonly string _path;
    private readonly SqliteConnection _connection;
    private readonly JournalStatements _statements;
    private readonly Channel<JournalWrite> _queue;
    private readonly Task _loop;

    public JournalWriter(string path, SqliteConnection connection, int queueCapacity)
    {
        _path = path;
        _connection = connection;
        _statements = new JournalStatements(connection);
        _queue = Channel.CreateBounded<JournalWrite>(new BoundedChannelOptions(queueCapacity)
        {
            FullMode = BoundedChannelFullMode.Wait,
            SingleReader = true,
        });
        _loop = Task.Run(RunAsync);
    }

    public ChannelWriter<JournalWrite> Queue => _queue.Writer;

    /// <summary>What is queued is still written.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _loop;
        _statements.Dispose();
        await _connection.DisposeAsync();
    }

    private async Task RunAsync()
    {
        var group = new List<JournalWrite>();
        while (await _queue.Reader.WaitToReadAsync())
        {
            while (group.Count < LargestGroup && _queue.Reader.TryRead(out var write))
                group.Add(write);
            Commit(group);
            group.Clear();
        }
    }

    private void Commit(List<JournalWrite> group)
    {
        try
        {
            _statements.Begin();
            foreach (var write in group)
                Apply(write);
            _statements.Commit();
        }
        catch (Exception exception)
        {
            // Whatever it was, no caller may wait for ever.
            _statements.TryRollback();
            foreach (var write in group)
                write.Failure ??= SqliteErrors.Failed(_path, "written", exception);
        }
        foreach (var write in group)
        {
            if (write.Failure is { } failure)
                write.Completion.SetException(failure);
            else
                write.Completion.SetResult();
        }
    }

    private void Apply(JournalWrite write)
    {
        try
        {
            if (!write.IsOneStatement)
                _statements.Savepoint();
            write.Apply(_statements);
            if (!write.IsOneStatement)
                _statements.Release();
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode == SqliteErrors.Constraint)
        {
            if (!write.IsOneStatement)
                _statements.RollbackToSavepoint();
            write.Failure = SqliteErrors.Failed(_path, "written", exception);
        }
    }
}
