using Xunit;

namespace TransferEngine.Cli.Tests.Processes;

/// <summary>The program itself, with something behind its streams that takes nothing more: every image arrives all the same.</summary>
public sealed class LostOutputProcessTests : IDisposable
{
    private const string Missing = "so that part of it is missing: No space left on device";
    private const int Images = 60;

    private readonly TransferProcess _transfer = new();

    public LostOutputProcessTests() => _transfer.WriteTree("team/app", [.. Enumerable.Range(0, Images).Select(i => $"v{i}")]);

    public void Dispose() => _transfer.Dispose();

    [Theory]
    [InlineData(3, "\"$0\" \"$@\" > /dev/full")]
    [InlineData(3, "\"$0\" \"$@\" --json > /dev/full")]
    [InlineData(0, "\"$0\" \"$@\" 2> /dev/full")]
    [InlineData(0, "\"$0\" \"$@\" --json 2> /dev/full")]
    [InlineData(3, "\"$0\" \"$@\" --report /dev/full")]
    [InlineData(3, "\"$0\" \"$@\" --report /dev/full --json > /dev/full 2>&1")]
    // Who reads no further has seen enough.
    [InlineData(0, "{ \"$0\" \"$@\" --json; echo $? > exit-code; } | head -n 1; exit $(cat exit-code)")]
    [InlineData(0, "{ \"$0\" \"$@\" 2>&1; echo $? > exit-code; } | true; exit $(cat exit-code)")]
    public async Task A_migration_goes_on_to_its_end(int exitCode, string script)
    {
        var result = (await _transfer.RunInShellAsync(script, "migrate", ".", "dir:out")).AssertExit(exitCode);
        Assert.Equal(Images, Directory.GetFiles(_transfer.Folder, "manifest.json", SearchOption.AllDirectories).Length);
        Assert.DoesNotContain("   at ", result.Errors, StringComparison.Ordinal);
        if (exitCode != 0 && !script.Contains("2>&1", StringComparison.Ordinal))
            Assert.Contains(script.Contains("--report", StringComparison.Ordinal) ? "The report can't be written: No space left on device" : Missing, result.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("list", ".")]
    [InlineData("list", ".", "--json")]
    [InlineData("plan", ".", "dir:out")]
    [InlineData("verify", ".", "dir:out", "--json")]
    [InlineData("--help")]
    public async Task No_command_breaks_on_a_full_disk_and_none_calls_it_a_success(params string[] args)
    {
        var result = await _transfer.RunInShellAsync("\"$0\" \"$@\" > /dev/full", args);
        Assert.True(result.ExitCode is 1 or 3, result.ToString());
        Assert.Contains(Missing, result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Errors, StringComparison.Ordinal);
    }
}
