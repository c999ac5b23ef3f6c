using System.Diagnostics;
using System.Runtime.Versioning;
using TransferEngine.TestKit.Databases;

namespace TransferEngine.Persistence.Tests.State;

/// <summary>What is particular to state in a file.</summary>
public sealed class SqliteStateTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private SqlJobStore Store => new(_folder.Options, TimeProvider.System);

    private string Database => _folder.StateFile(SqliteState.FileName);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Without_a_folder_given_the_users_state_folder_is_used()
    {
        if (OperatingSystem.IsWindows())
            return;
        var before = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        Environment.SetEnvironmentVariable("XDG_STATE_HOME", _folder.Path);
        await (await new SqlJobStore(new JobStoreOptions(), TimeProvider.System).OpenAsync("by-xdg", restart: false, default)).DisposeAsync();
        Environment.SetEnvironmentVariable("XDG_STATE_HOME", before);
        Assert.True(File.Exists(Path.Combine(_folder.Path, "transfer-engine", SqliteState.FileName)));
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_an_error()
    {
        Directory.CreateDirectory(_folder.Options.StateDirectory);
        await File.WriteAllTextAsync(Database, new string('x', 5000));
        Assert.Equal(ErrorCode.JournalFailed, (await Assert.ThrowsAsync<TransferException>(() => Store.ReadAsync("broken", default))).Error.Code);
        Assert.Equal(ErrorCode.JournalFailed, (await Assert.ThrowsAsync<TransferException>(() => Store.OpenAsync("broken", true, default))).Error.Code);
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

    [Fact]
    public async Task What_ran_before_this_machine_was_started_runs_no_more()
    {
        await (await Store.OpenAsync("mine", restart: false, default)).DisposeAsync();
        SqliteQuery.Run(Database, $"UPDATE job SET owner = 'x', process = {Environment.ProcessId}, incarnation = 'another boot/pid:[1]/17', expires = 9e15");
        await (await Store.OpenAsync("mine", restart: false, default)).DisposeAsync();
    }

    [Fact]
    public async Task A_process_that_comes_and_goes_takes_the_log_away_from_nobody()
    {
        await using var system = new SqlActorSystem(_folder.Options);
        var recorder = await Recorder.StartAsync(system, "one/blobs");
        await recorder.RecordAsync(new BlobUploaded("sha256:1", "r", 1));
        // While that one's connections are open a second job begins in this process.
        await using var second = await Store.OpenAsync("two", restart: false, default);
        Assert.Equal("1", await AskAnotherProcessAsync("SELECT count(*) FROM journal"));
        await recorder.RecordAsync(new BlobUploaded("sha256:2", "r", 2));
        Assert.Equal("2", await AskAnotherProcessAsync("SELECT count(*) FROM journal"));
    }

    /// <summary>By <c>sqlite3</c>, which on its way out tidies up what it believes nobody else uses.</summary>
    private async Task<string> AskAnotherProcessAsync(string sql)
    {
        using var process = Process.Start(new ProcessStartInfo("sqlite3", [Database, sql]) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output.Trim();
    }

    [UnsupportedOSPlatform("windows")]
    private static string Mode(string path) => Convert.ToString((int)File.GetUnixFileMode(path), 8);
}
