using System.Runtime.Versioning;

namespace TransferEngine.Persistence.Tests;

public sealed class SqlActorSystemFactoryTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private SqlActorSystemFactory Factory => new(_folder.Options);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_state_is_the_owners_alone()
    {
        await using var system = await Factory.OpenAsync("mine", restart: false, default);
        Assert.Equal(["mine.lock", "mine.sqlite", "mine.sqlite-shm", "mine.sqlite-wal"], StateFiles());
        if (OperatingSystem.IsWindows())
            return;
        Assert.Equal("700", Mode(_folder.Options.StateDirectory));
        foreach (var file in StateFiles())
            Assert.Equal("600", Mode(_folder.StateFile(file)));
    }

    [Fact]
    public async Task A_job_runs_in_one_process_at_a_time()
    {
        using var child = ChildProcess.Start("hold", _folder.Options.StateDirectory, "mine");
        Assert.Equal("held", await child.ReadLineAsync());
        var failure = await Assert.ThrowsAsync<TransferException>(async () => await Factory.OpenAsync("mine", restart: true, default));
        Assert.Equal((ErrorCode.JobBusy, ErrorScope.Endpoint), (failure.Error.Code, failure.Error.Scope));
        Assert.Contains("mine", failure.Error.Message, StringComparison.Ordinal);
        await using (var other = await Factory.OpenAsync("other", restart: false, default))
            Assert.NotNull(other.System);
        await child.KillAsync();
        await using var mine = await Factory.OpenAsync("mine", restart: false, default);
        Assert.NotNull(mine.System);
    }

    [Fact]
    public async Task Closing_lets_the_next_run_in_and_leaves_no_log()
    {
        await (await Factory.OpenAsync("mine", restart: false, default)).DisposeAsync();
        Assert.Equal(["mine.lock", "mine.sqlite"], StateFiles());
        await (await Factory.OpenAsync("mine", restart: false, default)).DisposeAsync();
    }

    [Fact]
    public async Task Restart_forgets_what_was_stored()
    {
        Directory.CreateDirectory(_folder.Options.StateDirectory);
        await using (var journal = SqliteEventJournal.Open(_folder.StateFile("mine.sqlite")))
            await journal.AppendAsync([Records.One("a", 1)], default);
        await (await Factory.OpenAsync("mine", restart: false, default)).DisposeAsync();
        Assert.Equal("1", TempFolder.Query(_folder.StateFile("mine.sqlite"), "SELECT count(*) FROM journal"));
        await (await Factory.OpenAsync("mine", restart: true, default)).DisposeAsync();
        Assert.Equal("0", TempFolder.Query(_folder.StateFile("mine.sqlite"), "SELECT count(*) FROM journal"));
    }

    [Fact]
    public async Task Restart_replaces_a_file_that_is_no_database()
    {
        Directory.CreateDirectory(_folder.Options.StateDirectory);
        await File.WriteAllTextAsync(_folder.StateFile("mine.sqlite"), new string('x', 5000));
        var failure = await Assert.ThrowsAsync<TransferException>(async () => await Factory.OpenAsync("mine", restart: false, default));
        Assert.Equal(ErrorCode.JournalFailed, failure.Error.Code);
        await (await Factory.OpenAsync("mine", restart: true, default)).DisposeAsync();
    }

    [Fact]
    public async Task A_state_folder_that_can_not_be_made_is_an_error()
    {
        await File.WriteAllTextAsync(_folder.Options.StateDirectory, "a file");
        var failure = await Assert.ThrowsAsync<TransferException>(async () => await Factory.OpenAsync("mine", restart: false, default));
        Assert.Equal((ErrorCode.JournalFailed, ErrorScope.Endpoint), (failure.Error.Code, failure.Error.Scope));
    }

    [UnsupportedOSPlatform("windows")]
    private static string Mode(string path) => Convert.ToString((int)File.GetUnixFileMode(path), 8);

    private List<string> StateFiles() =>
        [.. Directory.GetFiles(_folder.Options.StateDirectory).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
}
