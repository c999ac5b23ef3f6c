using TransferEngine.Persistence.Tests.State;

namespace TransferEngine.Persistence.Tests.Jobs;

/// <summary>What is told of jobs, and how they are forgotten.</summary>
public abstract class SqlJobStoreTests(Func<Task<TestState>> create) : StateTests(create)
{
    [Fact]
    public async Task A_job_is_read_while_it_runs_and_after()
    {
        await using (var system = new SqlActorSystem(State.Options))
        await using (await Store.OpenAsync("mine", restart: false, default))
        {
            var migration = await Recorder.StartAsync(system, "mine/migration");
            await migration.RecordAsync(new JobStarted("/tree", "docker://h"), new RepositoryOpened("r"));
            await (await Recorder.StartAsync(system, "mine/blobs")).RecordAsync(new BlobUploaded("sha256:1", "r", 70));
            var running = await Store.ReadAsync("mine", default);
            Assert.Equal((false, 1, 1, 70), (running.IsFinished, running.RepositoriesOpened, running.BlobsUploaded, running.BytesUploaded));
            Assert.Equal(Environment.ProcessId, running.RunningAt?.Process);
            Assert.InRange(running.RunningAt!.Since, TimeProvider.System.GetUtcNow().AddMinutes(-10), TimeProvider.System.GetUtcNow().AddMinutes(1));
            await migration.RecordAsync(new RepositoryCompleted("r", 1, 0, 0, 2), new JobFinished(1, 0, 0, 2));
        }
        var finished = await Store.ReadAsync("mine", default);
        Assert.Equal(("mine", "/tree", "docker://h", true), (finished.Job, finished.Source, finished.Target, finished.IsFinished));
        Assert.Equal((1, 2), (finished.RepositoriesCompleted, finished.ImagesFailed));
        Assert.InRange(finished.LastEventAt!.Value, finished.StartedAt!.Value, TimeProvider.System.GetUtcNow().AddMinutes(1));
        Assert.Null(finished.RunningAt);
        Assert.Equal(["mine"], await Store.ListAsync(default));
    }

    [Fact]
    public async Task An_unknown_job_is_an_error_and_nothing_is_created()
    {
        foreach (var attempt in new Func<Task>[] { () => Store.ReadAsync("none", default), () => Store.RemoveAsync("none", default) })
        {
            var failure = await Assert.ThrowsAsync<TransferException>(attempt);
            Assert.Equal((ErrorCode.JobUnknown, ErrorScope.Endpoint), (failure.Error.Code, failure.Error.Scope));
        }
        Assert.Empty(await Store.ListAsync(default));
        Assert.False(Directory.Exists(State.Options.StateDirectory));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task To_begin_anew_and_to_remove_forget_one_job_and_no_other(bool restart)
    {
        // The first name as a pattern would mean the second one too.
        string[] jobs = ["a_b", "axb", "a_b2"];
        await using (var system = new SqlActorSystem(State.Options))
        {
            foreach (var job in jobs)
            {
                await using var lease = await Store.OpenAsync(job, restart: false, default);
                await (await Recorder.StartAsync(system, $"{job}/blobs")).RecordAsync(new BlobUploaded("sha256:1", "r", 1));
            }
        }
        if (restart)
            await (await Store.OpenAsync("a_b", restart: true, default)).DisposeAsync();
        else
            await Store.RemoveAsync("a_b", default);
        Assert.Equal(restart ? ["a_b", "a_b2", "axb"] : ["a_b2", "axb"], await Store.ListAsync(default));
        Assert.Equal("a_b2/blobs\naxb/blobs", await State.QueryAsync("SELECT persistence_id FROM journal ORDER BY 1"));
    }

    [Fact]
    public async Task A_job_that_runs_is_not_removed()
    {
        await using var lease = await Store.OpenAsync("mine", restart: false, default);
        Assert.Equal(ErrorCode.JobBusy, (await Assert.ThrowsAsync<TransferException>(() => Store.RemoveAsync("mine", default))).Error.Code);
    }

    [Fact]
    public async Task State_of_an_earlier_build_is_refused_and_not_misread()
    {
        Directory.CreateDirectory(State.Options.StateDirectory);
        await File.WriteAllTextAsync(State.StateFile("mine.sqlite"), "");
        var failure = await Assert.ThrowsAsync<TransferException>(() => Store.OpenAsync("mine", restart: false, default));
        Assert.Equal((ErrorCode.JournalFailed, State.StateFile("mine.sqlite")), (failure.Error.Code, failure.Error.Path));
        Assert.Contains("earlier build", failure.Error.Message, StringComparison.Ordinal);
        await (await Store.OpenAsync("other", restart: false, default)).DisposeAsync();
    }

    [Fact]
    public async Task An_event_of_a_newer_version_is_an_error()
    {
        await (await Store.OpenAsync("mine", restart: false, default)).DisposeAsync();
        await State.QueryAsync("INSERT INTO journal (created, deleted, persistence_id, sequence_number, message, manifest) VALUES (1, @p0, 'mine/blobs', 1, @p1, 'blob-teleported')", false, "{}"u8.ToArray());
        Assert.Contains("'blob-teleported' is no kind", (await Assert.ThrowsAsync<TransferException>(() => Store.ReadAsync("mine", default))).Error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("../state/mine")]
    [InlineData("a/b")]
    [InlineData(".hidden")]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a%")]
    [InlineData("a\n")]
    public async Task A_name_that_could_be_a_path_or_a_pattern_is_refused(string job)
    {
        foreach (var attempt in new Func<Task>[] { () => Store.ReadAsync(job, default), () => Store.OpenAsync(job, true, default), () => Store.RemoveAsync(job, default) })
            Assert.Equal(ErrorCode.ConfigurationInvalid, (await Assert.ThrowsAsync<TransferException>(attempt)).Error.Code);
    }
}
