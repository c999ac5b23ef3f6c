using System.Globalization;
using TransferEngine.Persistence.Tests.State;

namespace TransferEngine.Persistence.Tests.Journal;

/// <summary>What is stored comes back, whatever happens to who stored it.</summary>
public abstract class SqlActorSystemTests(Func<Task<TestState>> create) : StateTests(create)
{
    [Fact]
    public async Task What_one_system_stored_another_one_recovers_in_its_order()
    {
        IJobEvent[] facts = [new JobStarted("/tree", "docker://h", ["last=1"]), new RepositoryOpened("r"), new RepositoryCompleted("r", 1, 2, 3, 4), new JobFinished(1, 2, 3, 4)];
        await using (var system = new SqlActorSystem(State.Options))
            await (await Recorder.StartAsync(system, "job/migration")).RecordAsync(facts);
        await using var later = new SqlActorSystem(State.Options);
        var recovered = await (await Recorder.StartAsync(later, "job/migration")).RecoveredAsync();
        Assert.Equal(facts.Select(Text), recovered.Select(Text));
        Assert.Empty(await (await Recorder.StartAsync(later, "job2/migration")).RecoveredAsync());
    }

    [Fact]
    public async Task Whoever_says_that_it_has_stored_nothing_is_believed_without_a_look_and_recovered_later()
    {
        await using (var system = new SqlActorSystem(State.Options))
        {
            var recorder = await Recorder.StartAsync(system, "job/repository/a", isNew: true);
            Assert.Empty(await recorder.RecoveredAsync());
            await recorder.RecordAsync(new TagSet("v1", "sha256:1"));
            Assert.Equal(1, await recorder.LastAsync());
            Assert.Equal(0, await (await Recorder.StartAsync(system, "job/repository/a", isNew: true)).LastAsync());
        }
        await using var later = new SqlActorSystem(State.Options);
        Assert.Equal("v1", Assert.IsType<TagSet>(Assert.Single(await (await Recorder.StartAsync(later, "job/repository/a")).RecoveredAsync())).Tag);
    }

    [Fact]
    public async Task Events_are_JSON_that_people_read_and_no_name_of_a_type_is_stored()
    {
        await using var system = new SqlActorSystem(State.Options);
        await (await Recorder.StartAsync(system, "job/repository/a")).RecordAsync(new ManifestPushed("sha256:1"), new TagSet("v1", "sha256:1"));
        Assert.Equal(
            "job/repository/a|1|manifest-pushed|{\"digest\":\"sha256:1\"}\njob/repository/a|2|tag-set|{\"tag\":\"v1\",\"digest\":\"sha256:1\"}",
            await State.QueryAsync("SELECT persistence_id, sequence_number, manifest, message FROM journal ORDER BY ordering"));
    }

    [Fact]
    public async Task What_was_acknowledged_survives_a_kill()
    {
        string last;
        using (var child = ChildProcess.Start("record", State.Options, "mine"))
        {
            last = await child.ReadLineAsync();
            while (long.Parse(last, CultureInfo.InvariantCulture) < 50)
                last = await child.ReadLineAsync();
            var more = (await child.KillAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            last = more.Length > 0 ? more[^1] : last;
        }
        await using var system = new SqlActorSystem(State.Options);
        var recovered = await (await Recorder.StartAsync(system, "mine/blobs")).RecoveredAsync();
        Assert.Equal(Enumerable.Range(1, recovered.Count).Select(number => (long)number), recovered.Cast<BlobUploaded>().Select(blob => blob.Size));
        Assert.InRange(recovered.Count, long.Parse(last, CultureInfo.InvariantCulture), long.MaxValue);
    }

    [Fact]
    public async Task Two_systems_write_into_one_database_side_by_side()
    {
        await using var first = new SqlActorSystem(State.Options);
        await using var second = new SqlActorSystem(State.Options);
        var recorders = new[] { await Recorder.StartAsync(first, "a/blobs"), await Recorder.StartAsync(second, "b/blobs") };
        await Task.WhenAll(recorders.Select(async recorder =>
        {
            for (var i = 0; i < 200; i++)
                await recorder.RecordAsync(new BlobUploaded("sha256:1", "r", i));
        }));
        Assert.Equal("a/blobs|200\nb/blobs|200", await State.QueryAsync("SELECT persistence_id, count(*) FROM journal GROUP BY persistence_id ORDER BY 1"));
    }

    private static string Text(IJobEvent fact) => $"{JobEventJson.ManifestOf(fact)} {System.Text.Encoding.UTF8.GetString(JobEventJson.Serialize(fact))}";
}
