using System.Globalization;
using System.Runtime.Versioning;

namespace TransferEngine.Persistence.Tests.Journal;

public sealed class SqlActorSystemTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Database => _folder.StateFile(SqliteState.FileName);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_one_system_stored_another_one_recovers_in_its_order()
    {
        IJobEvent[] facts = [new JobStarted("/tree", "docker://h", ["last=1"]), new RepositoryOpened("r"), new RepositoryCompleted("r", 1, 2, 3, 4), new JobFinished(1, 2, 3, 4)];
        await using (var system = new SqlActorSystem(_folder.Options))
            await (await Recorder.StartAsync(system, "job/migration")).RecordAsync(facts);
        await using var later = new SqlActorSystem(_folder.Options);
        var recovered = await (await Recorder.StartAsync(later, "job/migration")).RecoveredAsync();
        Assert.Equal(facts.Select(Text), recovered.Select(Text));
        Assert.Empty(await (await Recorder.StartAsync(later, "job2/migration")).RecoveredAsync());
    }

    [Fact]
    public async Task Events_are_JSON_that_people_read_and_no_name_of_a_type_is_stored()
    {
        await using var system = new SqlActorSystem(_folder.Options);
        await (await Recorder.StartAsync(system, "job/repository/a")).RecordAsync(new ManifestPushed("sha256:1"), new TagSet("v1", "sha256:1"));
        Assert.Equal(
            "job/repository/a|1|manifest-pushed|{\"digest\":\"sha256:1\"}\njob/repository/a|2|tag-set|{\"tag\":\"v1\",\"digest\":\"sha256:1\"}",
            TempFolder.Query(Database, "SELECT persistence_id, sequence_number, manifest, CAST(message AS TEXT) FROM journal ORDER BY ordering"));
    }

    [Fact]
    public async Task What_was_acknowledged_survives_a_kill()
    {
        string last;
        using (var child = ChildProcess.Start("record", _folder.Options.StateDirectory, "mine"))
        {
            last = await child.ReadLineAsync();
            while (long.Parse(last, CultureInfo.InvariantCulture) < 50)
                last = await child.ReadLineAsync();
            var more = (await child.KillAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            last = more.Length > 0 ? more[^1] : last;
        }
        await using var system = new SqlActorSystem(_folder.Options);
        var recovered = await (await Recorder.StartAsync(system, "mine/blobs")).RecoveredAsync();
        Assert.Equal(Enumerable.Range(1, recovered.Count).Select(number => (long)number), recovered.Cast<BlobUploaded>().Select(blob => blob.Size));
        Assert.InRange(recovered.Count, long.Parse(last, CultureInfo.InvariantCulture), long.MaxValue);
    }

    [Fact]
    public async Task Two_systems_write_into_one_database_side_by_side()
    {
        await using var first = new SqlActorSystem(_folder.Options);
        await using var second = new SqlActorSystem(_folder.Options);
        var recorders = new[] { await Recorder.StartAsync(first, "a/blobs"), await Recorder.StartAsync(second, "b/blobs") };
        await Task.WhenAll(recorders.Select(async recorder =>
        {
            for (var i = 0; i < 200; i++)
                await recorder.RecordAsync(new BlobUploaded("sha256:1", "r", i));
        }));
        Assert.Equal("a/blobs|200\nb/blobs|200", TempFolder.Query(Database, "SELECT persistence_id, count(*) FROM journal GROUP BY persistence_id ORDER BY 1"));
    }

    [Fact]
    public async Task The_state_is_the_owners_alone()
    {
        if (OperatingSystem.IsWindows())
            return;
        await using var system = new SqlActorSystem(_folder.Options);
        await (await Recorder.StartAsync(system, "job/blobs")).RecordAsync(new BlobUploaded("sha256:1", "r", 1));
        Assert.Equal("700", Mode(_folder.Options.StateDirectory));
        var files = Directory.GetFiles(_folder.Options.StateDirectory);
        Assert.Contains(Database, files);
        foreach (var file in files)
            Assert.Equal("600", Mode(file));
    }

    [Fact]
    public async Task A_state_folder_that_can_not_be_made_is_an_error()
    {
        await File.WriteAllTextAsync(_folder.Options.StateDirectory, "a file");
        await using var system = new SqlActorSystem(_folder.Options);
        var failure = await Assert.ThrowsAsync<TransferException>(async () => await system.GetAsync(default));
        Assert.Equal((ErrorCode.JournalFailed, ErrorScope.Endpoint), (failure.Error.Code, failure.Error.Scope));
    }

    private static string Text(IJobEvent fact) => $"{JobEventJson.ManifestOf(fact)} {System.Text.Encoding.UTF8.GetString(JobEventJson.Serialize(fact))}";

    [UnsupportedOSPlatform("windows")]
    private static string Mode(string path) => Convert.ToString((int)File.GetUnixFileMode(path), 8);
}
