using System.Diagnostics;
using TransferEngine.Cli.Tests.Fakes;
using Xunit;

namespace TransferEngine.Cli.Tests.Processes;

/// <summary>What the runtime would do by itself where a process has few files, is killed, or is told to stop twice.</summary>
public sealed class RuntimeTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private readonly TransferProcess _transfer = new();

    public void Dispose() => _transfer.Dispose();

    [Theory]
    [InlineData(25)]
    [InlineData(40)]
    [InlineData(64)]
    [InlineData(255)]
    public async Task Too_few_open_files_are_said_at_once_with_the_limit(int limit)
    {
        _transfer.WriteTree("team/app", "1.0");
        var result = (await _transfer.RunInShellAsync($"ulimit -n {limit}; exec \"$0\" \"$@\"", "migrate", ".", "dir:out")).AssertExit(3);
        Assert.Equal(
            $"transfer: OPEN_FILES_LIMIT: The process may have only {limit} files and connections open at once, and needs 256. Raise the limit: ulimit -n 256, or LimitNOFILE in a unit file.\n",
            result.Errors);
    }

    [Fact]
    public async Task A_soft_limit_is_raised_to_the_hard_one()
    {
        _transfer.WriteTree("team/app", "1.0");
        (await _transfer.RunInShellAsync("ulimit -Sn 64; exec \"$0\" \"$@\"", "migrate", ".", "dir:out")).AssertExit(0);
    }

    [Fact]
    public async Task More_pushers_need_more_open_files()
    {
        _transfer.WriteTree("team/app", "1.0");
        var result = (await _transfer.RunInShellAsync("ulimit -n 300; exec \"$0\" \"$@\"", "migrate", ".", "dir:out", "--pushers", "64")).AssertExit(3);
        Assert.Contains("only 300 files and connections open at once, and needs 368.", result.Errors, StringComparison.Ordinal);
        Assert.Contains("fewer --pushers", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_limit_that_is_met_in_the_midst_of_the_work_is_said_and_no_apology()
    {
        const int TooManyOpenFiles = 24;
        var run = new CommandRun();
        run.Engine.Failure = new InvalidOperationException("Something broke.", new IOException("Too many open files", TooManyOpenFiles));
        await run.AssertExitAsync(3, "migrate", "/data", "docker://host");
        Assert.Matches(@"\Atransfer: OPEN_FILES_LIMIT: The process has all \d+ files and connections open that it may have at once\.", run.Errors);
    }

    [Fact]
    public async Task A_killed_process_leaves_nothing_in_the_temporary_folder()
    {
        var temporary = Directory.CreateDirectory(Path.Combine(_transfer.Folder, "tmp")).FullName;
        _transfer.Environment["TMPDIR"] = temporary;
        _transfer.WriteTree("team/app", "1.0");
        using var process = _transfer.Start("serve", ".", "--listen", "127.0.0.1:0");
        using var limit = new CancellationTokenSource(Limit);
        Assert.StartsWith("Serving ", await process.StandardOutput.ReadLineAsync(limit.Token), StringComparison.Ordinal);
        process.Kill();
        await process.WaitForExitAsync(limit.Token);
        Assert.Empty(Directory.GetFileSystemEntries(temporary));
    }

    [Fact]
    public async Task A_second_signal_ends_at_once_what_does_not_stop()
    {
        // Standard output is a pipe that is full and that nobody reads: the end of the list can't be written, and nothing wakes the writer.
        const string Blocked = "mkfifo full; exec 3<>full; head -c 65536 /dev/zero >&3; exec env --default-signal=INT \"$0\" \"$@\" >&3";
        _transfer.WriteTree("app", "1.0");
        Directory.CreateDirectory(Path.Combine(_transfer.Folder, "docker/registry/v2/repositories/app/_manifests/tags/broken"));
        using var process = _transfer.StartInShell(Blocked, "list", ".");
        using var limit = new CancellationTokenSource(Limit);
        Assert.Contains("broken", await process.StandardError.ReadLineAsync(limit.Token), StringComparison.Ordinal);
        // Two that are not the same: the kernel may make one of two equal ones.
        await SignalAsync(process, "TERM", limit.Token);
        await SignalAsync(process, "INT", limit.Token);
        await process.WaitForExitAsync(limit.Token);
        Assert.True(process.ExitCode == 130, $"It ended with {process.ExitCode}.");
    }

    private static async Task SignalAsync(Process process, string signal, CancellationToken cancellationToken)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        await kill.WaitForExitAsync(cancellationToken);
    }
}
