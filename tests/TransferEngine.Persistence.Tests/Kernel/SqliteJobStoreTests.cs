namespace TransferEngine.Persistence.Tests;

public sealed class SqliteJobStoreTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private SqliteJobStore Store => new(_folder.Options);

    public SqliteJobStoreTests() => Directory.CreateDirectory(_folder.Options.StateDirectory);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_job_is_read_while_it_runs_and_after()
    {
        await using (var journal = SqliteEventJournal.Open(_folder.StateFile("mine.sqlite")))
        {
            await journal.AppendAsync([Records.Of("job", 1, new JobStarted("/tree", "docker://h")), Records.Of("job", 2, new RepositoryOpened("r"))], default);
            await journal.AppendAsync([Records.Of("blobs", 1, new BlobUploaded("sha256:1", "r", 70))], default);
            var running = await Store.ReadAsync("mine", default);
            Assert.Equal((false, 1, 1, 70), (running.IsFinished, running.RepositoriesOpened, running.BlobsUploaded, running.BytesUploaded));
            await journal.AppendAsync([Records.Of("job", 3, new RepositoryCompleted("r", 1, 0, 0, 2)), Records.Of("job", 4, new JobFinished(1, 0, 0, 2))], default);
        }
        var files = Directory.GetFiles(_folder.Options.StateDirectory);
        var finished = await Store.ReadAsync("mine", default);
        Assert.Equal(("mine", "/tree", "docker://h", true), (finished.Job, finished.Source, finished.Target, finished.IsFinished));
        Assert.Equal((1, 2), (finished.RepositoriesCompleted, finished.ImagesFailed));
        Assert.Equal((Records.Created.AddSeconds(1), Records.Created.AddSeconds(4)), (finished.StartedAt, finished.LastEventAt));
        Assert.Equal(files, Directory.GetFiles(_folder.Options.StateDirectory));
        Assert.Equal(["mine"], Store.List());
    }

    [Fact]
    public async Task A_job_that_was_killed_is_read()
    {
        using (var child = ChildProcess.Start("append", _folder.StateFile("killed.sqlite")))
        {
            await child.ReadLineAsync();
            await child.KillAsync();
        }
        var failure = await Assert.ThrowsAsync<TransferException>(() => Store.ReadAsync("killed", default));
        Assert.Contains("'kind' is no kind of stored event", failure.Error.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorCode.JournalFailed, failure.Error.Code);
    }

    [Fact]
    public async Task An_unknown_job_is_an_error_and_nothing_is_created()
    {
        var failure = await Assert.ThrowsAsync<TransferException>(() => Store.ReadAsync("none", default));
        Assert.Equal((ErrorCode.JobUnknown, ErrorScope.Endpoint), (failure.Error.Code, failure.Error.Scope));
        Assert.Empty(Directory.GetFiles(_folder.Options.StateDirectory));
        Directory.Delete(_folder.Options.StateDirectory);
        Assert.Empty(Store.List());
    }

    [Fact]
    public void Without_a_folder_given_the_users_state_folder_is_used()
    {
        if (OperatingSystem.IsWindows())
            return;
        var before = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        Environment.SetEnvironmentVariable("XDG_STATE_HOME", _folder.Path);
        Directory.CreateDirectory(_folder.File("transfer-engine"));
        File.WriteAllText(Path.Combine(_folder.File("transfer-engine"), "by-xdg.sqlite"), "");
        Assert.Equal(["by-xdg"], new SqliteJobStore(new JobStoreOptions()).List());
        Environment.SetEnvironmentVariable("XDG_STATE_HOME", before);
    }

    [Fact]
    public async Task A_file_without_a_journal_in_it_is_no_job()
    {
        await File.WriteAllTextAsync(_folder.StateFile("empty.sqlite"), "");
        Assert.Equal(ErrorCode.JobUnknown, (await Assert.ThrowsAsync<TransferException>(() => Store.ReadAsync("empty", default))).Error.Code);
        await File.WriteAllTextAsync(_folder.StateFile("broken.sqlite"), new string('x', 5000));
        Assert.Equal(ErrorCode.JournalFailed, (await Assert.ThrowsAsync<TransferException>(() => Store.ReadAsync("broken", default))).Error.Code);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("../state/mine")]
    [InlineData("a/b")]
    [InlineData(".hidden")]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a\n")]
    public async Task A_name_that_could_be_a_path_is_refused(string job)
    {
        var failure = await Assert.ThrowsAsync<TransferException>(() => Store.ReadAsync(job, default));
        Assert.Equal(ErrorCode.ConfigurationInvalid, failure.Error.Code);
        await Assert.ThrowsAsync<TransferException>(async () => await new SqlActorSystemFactory(_folder.Options).OpenAsync(job, true, default));
    }

    [Fact]
    public async Task Times_that_akka_stored_as_ticks_are_read_too()
    {
        var database = _folder.StateFile("akka.sqlite");
        await using (var journal = SqliteEventJournal.Open(database))
            await journal.AppendAsync([Records.Of("job", 1, new JobStarted("s", "t"))], default);
        TempFolder.Query(database, $"UPDATE journal SET created = {Records.Created.UtcTicks}, message = CAST(message AS BLOB)");
        var status = await Store.ReadAsync("akka", default);
        Assert.Equal((Records.Created, "s"), (status.StartedAt, status.Source));
    }
}
