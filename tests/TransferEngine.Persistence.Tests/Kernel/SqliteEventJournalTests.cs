using System.Text;
using Microsoft.Data.Sqlite;
using TransferEngine.Actors.TestKit;

namespace TransferEngine.Persistence.Tests;

public sealed class SqliteEventJournalTests : EventJournalConformance, IDisposable
{
    private readonly TempFolder _folder = new();

    private string Database => _folder.File("journal.sqlite");

    public void Dispose() => _folder.Dispose();

    protected override IEventJournal Open() => SqliteEventJournal.Open(Database);

    [Fact]
    public async Task What_was_appended_is_there_after_reopening()
    {
        await using (var journal = SqliteEventJournal.Open(Database))
        {
            await journal.AppendAsync([Records.One("a", 1), Records.One("a", 2)], default);
            await journal.AppendAsync([Records.One("b", 1)], default);
        }
        await using var reopened = SqliteEventJournal.Open(Database);
        Assert.Equal([1, 2], await Records.Numbers(reopened, "a"));
        var record = Assert.Single(await reopened.ReadAsync("b", 1, 10, default));
        Assert.Equal(("b", 1L, "kind", Records.Created), (record.PersistenceId, record.SequenceNr, record.Manifest, record.Created));
        Assert.Equal("{\"n\":1}", Encoding.UTF8.GetString(record.Payload.Span));
    }

    [Fact]
    public async Task A_sequence_number_that_exists_is_a_journal_failure()
    {
        await using var journal = SqliteEventJournal.Open(Database);
        await journal.AppendAsync([Records.One("a", 1), Records.One("a", 2)], default);
        var failure = await Assert.ThrowsAsync<TransferException>(() => journal.AppendAsync([Records.One("a", 3), Records.One("a", 2)], default));
        Assert.Equal(ErrorCode.JournalFailed, failure.Error.Code);
        Assert.Equal([1, 2], await Records.Numbers(journal, "a"));
        await Assert.ThrowsAsync<TransferException>(() => journal.AppendAsync([Records.One("a", 2)], default));
        await journal.AppendAsync([Records.One("a", 3)], default);
        Assert.Equal(3, await journal.ReadHighestSequenceNrAsync("a", default));
    }

    [Fact]
    public async Task One_bad_write_among_many_in_a_transaction_fails_alone()
    {
        await using var journal = SqliteEventJournal.Open(Database);
        await journal.AppendAsync([Records.One("bad", 2)], default);
        Task before, bad, badSingle, after;
        using (LockDatabase())
        {
            before = journal.AppendAsync([Records.One("before", 1), Records.One("before", 2)], default);
            bad = journal.AppendAsync([Records.One("bad", 1), Records.One("bad", 2)], default);
            badSingle = journal.AppendAsync([Records.One("bad", 2)], default);
            after = journal.AppendAsync([Records.One("after", 1)], default);
        }
        await before;
        await after;
        await Assert.ThrowsAsync<TransferException>(() => bad);
        await Assert.ThrowsAsync<TransferException>(() => badSingle);
        Assert.Equal([1, 2], await Records.Numbers(journal, "before"));
        Assert.Equal([2], await Records.Numbers(journal, "bad"));
        Assert.Equal([1], await Records.Numbers(journal, "after"));
    }

    [Fact]
    public async Task Writes_that_wait_together_are_committed_together()
    {
        await using var journal = SqliteEventJournal.Open(Database);
        await journal.AppendAsync([Records.One("warm", 1)], default);
        var before = new FileInfo(Database + "-wal").Length;
        Task[] appends;
        using (LockDatabase())
            appends = [.. Enumerable.Range(1, 500).Select(n => journal.AppendAsync([Records.One($"p{n}", 1)], default))];
        await Task.WhenAll(appends);
        // Each commit writes at least a page and its index page to the log.
        Assert.InRange(new FileInfo(Database + "-wal").Length - before, 1, 100 * 2 * 4096);
    }

    [Fact]
    public async Task A_full_queue_makes_writers_wait_and_drops_nothing()
    {
        await using var journal = SqliteEventJournal.Open(Database, queueCapacity: 2);
        Task[] appends;
        using (LockDatabase())
        {
            appends = [.. Enumerable.Range(1, 200).Select(n => journal.AppendAsync([Records.One($"p{n}", 1)], default))];
            Assert.All(appends, append => Assert.False(append.IsCompleted));
        }
        await Task.WhenAll(appends);
        Assert.Equal("200", TempFolder.Query(Database, "SELECT count(*) FROM journal"));
    }

    [Fact]
    public async Task A_writer_that_waits_for_room_can_be_cancelled()
    {
        await using var journal = SqliteEventJournal.Open(Database, queueCapacity: 1);
        using var cancellation = new CancellationTokenSource();
        Task[] appends;
        Task cancelled;
        using (LockDatabase())
        {
            // More than one group takes: else this one might be in the group that waits for the lock.
            appends = [.. Enumerable.Range(1, 1500).Select(n => journal.AppendAsync([Records.One("p", n)], default))];
            cancelled = journal.AppendAsync([Records.One("q", 1)], cancellation.Token);
            await cancellation.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        }
        await Task.WhenAll(appends);
        Assert.Empty(await Records.Numbers(journal, "q"));
        Assert.Equal(1500, await journal.ReadHighestSequenceNrAsync("p", default));
    }

    [Fact]
    public async Task An_id_never_written_is_answered_without_the_database()
    {
        await using var journal = SqliteEventJournal.Open(Database);
        Assert.True(journal.ReadHighestSequenceNrAsync("nobody", default).IsCompletedSuccessfully);
        Assert.Empty(await journal.ReadAsync("nobody", 1, 10, default));
    }

    [Fact]
    public async Task Deleting_keeps_the_highest_number_over_a_restart()
    {
        await using (var journal = SqliteEventJournal.Open(Database))
        {
            await journal.AppendAsync([Records.One("a", 1), Records.One("a", 2), Records.One("a", 3)], default);
            await journal.DeleteAsync("a", 3, default);
        }
        await using var reopened = SqliteEventJournal.Open(Database);
        Assert.Equal(3, await reopened.ReadHighestSequenceNrAsync("a", default));
        Assert.Empty(await Records.Numbers(reopened, "a"));
        await reopened.AppendAsync([Records.One("a", 4)], default);
        Assert.Equal([4], await Records.Numbers(reopened, "a"));
        Assert.Equal("3|1\n4|0", TempFolder.Query(Database, "SELECT sequence_number, deleted FROM journal ORDER BY 1"));
    }

    [Fact]
    public async Task What_is_stored_is_json_that_sql_can_ask()
    {
        await using (var journal = SqliteEventJournal.Open(Database))
            await journal.AppendAsync([Records.Of("job", 1, new BlobUploaded("sha256:ab", "library/nginx", 42))], default);
        Assert.Equal(
            "job|1|blob-uploaded|text|library/nginx|42|2025-03-04 05:06:08",
            TempFolder.Query(
                Database,
                """
                SELECT persistence_id, sequence_number, manifest, typeof(message), json_extract(message, '$.repository'),
                json_extract(message, '$.size'), datetime(created / 1000, 'unixepoch') FROM journal
                """));
    }

    [Fact]
    public async Task What_was_acknowledged_survives_SIGKILL()
    {
        using var child = ChildProcess.Start("append", Database);
        string last;
        do
            last = await child.ReadLineAsync();
        while (last != "200");
        var rest = (await child.KillAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        // The last line may be cut off in the middle: a shorter number, never a higher one.
        var acknowledged = rest.Select(long.Parse).Append(200).Max();
        await using var journal = SqliteEventJournal.Open(Database);
        var numbers = await Records.Numbers(journal, "p");
        Assert.InRange(numbers.Count, acknowledged, long.MaxValue);
        Assert.Equal(Enumerable.Range(1, numbers.Count).Select(number => (long)number), numbers);
    }

    [Fact]
    public async Task A_transaction_that_fails_fails_all_of_its_writes_and_the_next_one_is_tried_again()
    {
        await using var journal = SqliteEventJournal.Open(Database);
        TempFolder.Query(Database, "ALTER TABLE journal RENAME TO moved");
        Task[] appends;
        using (LockDatabase())
            appends = [journal.AppendAsync([Records.One("a", 1)], default), journal.AppendAsync([Records.One("b", 1)], default)];
        foreach (var append in appends)
            Assert.Equal(ErrorCode.JournalFailed, (await Assert.ThrowsAsync<TransferException>(() => append)).Error.Code);
        TempFolder.Query(Database, "ALTER TABLE moved RENAME TO journal");
        await journal.AppendAsync([Records.One("a", 1)], default);
        Assert.Equal([1], await Records.Numbers(journal, "a"));
    }

    [Fact]
    public async Task A_closed_journal_says_so()
    {
        var journal = SqliteEventJournal.Open(Database);
        await journal.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => journal.AppendAsync([Records.One("a", 1)], default));
        Assert.False(File.Exists(Database + "-wal"));
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused_with_advice()
    {
        File.WriteAllText(Database, new string('x', 5000));
        var failure = Assert.Throws<TransferException>(() => SqliteEventJournal.Open(Database));
        Assert.Equal((ErrorCode.JournalFailed, ErrorScope.Endpoint, Database), (failure.Error.Code, failure.Error.Scope, failure.Error.Path));
        Assert.Contains("--restart", failure.Error.Hint, StringComparison.Ordinal);
    }

    /// <summary>Nobody else can write until it is disposed.</summary>
    private SqliteConnection LockDatabase()
    {
        var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE";
        command.ExecuteNonQuery();
        return connection;
    }
}
