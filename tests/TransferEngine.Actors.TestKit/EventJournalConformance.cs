using Xunit;

namespace TransferEngine.Actors.TestKit;

/// <summary>What every <see cref="IEventJournal"/> must do; a journal's own tests inherit it.</summary>
public abstract class EventJournalConformance
{
    private static readonly DateTimeOffset Created = new(2025, 3, 4, 5, 6, 7, TimeSpan.Zero);

    [Fact]
    public async Task What_was_appended_is_read_in_order_and_unchanged()
    {
        await using var journal = Open();
        await journal.AppendAsync([Record("a", 1), Record("a", 2)], default);
        await journal.AppendAsync([Record("b", 1)], default);
        await journal.AppendAsync([Record("a", 3)], default);
        Assert.Equal([1, 2, 3], await NumbersAsync(journal, "a"));
        var record = Assert.Single(await journal.ReadAsync("b", 1, 10, default));
        Assert.Equal(("b", 1L, "kind", Created), (record.PersistenceId, record.SequenceNr, record.Manifest, record.Created));
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 0xff, 0xfe, 0x00, 0x80 })]
    [InlineData(new byte[] { 0x61, 0x00, 0x62 })]
    [InlineData(new byte[] { 0xc3, 0xa9 })]
    public async Task Any_payload_comes_back_byte_for_byte(byte[] payload)
    {
        await using var journal = Open();
        await journal.AppendAsync([Record("a", 1) with { Payload = payload }], default);
        Assert.Equal(payload, Assert.Single(await journal.ReadAsync("a", 1, 1, default)).Payload.ToArray());
    }

    [Fact]
    public async Task A_sequence_number_that_exists_fails_the_whole_write()
    {
        await using var journal = Open();
        await journal.AppendAsync([Record("a", 1), Record("a", 2)], default);
        await AssertRefusedAsync(journal, Record("a", 3), Record("a", 2));
        await AssertRefusedAsync(journal, Record("a", 3), Record("a", 3));
        await AssertRefusedAsync(journal, Record("a", 2));
        Assert.Equal([1, 2], await NumbersAsync(journal, "a"));
        Assert.Equal(2, await journal.ReadHighestSequenceNrAsync("a", default));
        await journal.AppendAsync([Record("a", 3)], default);
        Assert.Equal(3, await journal.ReadHighestSequenceNrAsync("a", default));
    }

    [Fact]
    public async Task A_replay_is_read_in_windows()
    {
        await using var journal = Open();
        await journal.AppendAsync([.. Enumerable.Range(1, 10).Select(number => Record("a", number))], default);
        Assert.Equal([4, 5, 6], (await journal.ReadAsync("a", 4, 3, default)).Select(record => record.SequenceNr));
        Assert.Equal([10], (await journal.ReadAsync("a", 10, 3, default)).Select(record => record.SequenceNr));
        Assert.Empty(await journal.ReadAsync("a", 11, 3, default));
    }

    [Fact]
    public async Task An_id_never_written_has_no_events_and_number_zero()
    {
        await using var journal = Open();
        Assert.Empty(await journal.ReadAsync("nobody", 1, 10, default));
        Assert.Equal(0, await journal.ReadHighestSequenceNrAsync("nobody", default));
        await journal.DeleteAsync("nobody", 10, default);
    }

    [Fact]
    public async Task Ids_that_differ_in_case_alone_are_two()
    {
        await using var journal = Open();
        await journal.AppendAsync([Record("a", 1)], default);
        await journal.AppendAsync([Record("A", 1), Record("A", 2)], default);
        Assert.Equal(1, await journal.ReadHighestSequenceNrAsync("a", default));
        Assert.Equal([1, 2], await NumbersAsync(journal, "A"));
    }

    [Fact]
    public async Task Deleting_removes_up_to_its_number_and_never_lowers_the_highest()
    {
        await using var journal = Open();
        await journal.AppendAsync([Record("a", 1), Record("a", 2), Record("a", 3)], default);
        await journal.AppendAsync([Record("b", 1)], default);
        await journal.DeleteAsync("a", 2, default);
        Assert.Equal([3], await NumbersAsync(journal, "a"));
        await journal.DeleteAsync("a", 3, default);
        Assert.Empty(await NumbersAsync(journal, "a"));
        Assert.Equal(3, await journal.ReadHighestSequenceNrAsync("a", default));
        await AssertRefusedAsync(journal, Record("a", 3));
        await journal.AppendAsync([Record("a", 4)], default);
        Assert.Equal([4], await NumbersAsync(journal, "a"));
        Assert.Equal([1], await NumbersAsync(journal, "b"));
    }

    [Fact]
    public async Task Many_writers_and_readers_at_once_lose_nothing()
    {
        await using var journal = Open();
        await Task.WhenAll(Enumerable.Range(0, 40).Select(writer => Task.Run(async () =>
        {
            for (var number = 1; number <= 50; number++)
            {
                await journal.AppendAsync([Record($"w{writer}", number)], default);
                Assert.Equal(number, await journal.ReadHighestSequenceNrAsync($"w{writer}", default));
            }
        })));
        for (var writer = 0; writer < 40; writer++)
            Assert.Equal(Enumerable.Range(1, 50).Select(number => (long)number), await NumbersAsync(journal, $"w{writer}"));
    }

    /// <summary>An empty journal.</summary>
    protected abstract IEventJournal Open();

    private static JournalRecord Record(string id, long number) => new(id, number, "kind", new[] { (byte)'{', (byte)'}' }, Created);

    private static async Task AssertRefusedAsync(IEventJournal journal, params JournalRecord[] records) =>
        Assert.IsNotType<JournalRejectedException>(await Assert.ThrowsAnyAsync<Exception>(() => journal.AppendAsync(records, default)));

    private static async Task<List<long>> NumbersAsync(IEventJournal journal, string id) =>
        [.. (await journal.ReadAsync(id, 1, int.MaxValue, default)).Select(record => record.SequenceNr)];
}
