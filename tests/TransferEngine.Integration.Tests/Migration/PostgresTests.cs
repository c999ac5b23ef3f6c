using System.Text.Json;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Databases;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Integration.Tests.Migration;

/// <summary>The program whose environment names a database of PostgreSQL, with the password in a file.</summary>
public sealed class PostgresTests : IAsyncLifetime
{
    private readonly PostgresServer _server = new();
    private readonly TemporaryFolder _folder = new();

    public Task InitializeAsync() => _server.InitializeAsync();

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Jobs_are_kept_there_and_a_password_that_is_wrong_is_told_and_not_shown()
    {
        var database = await _server.CreateDatabaseAsync();
        Directory.CreateDirectory(_folder.Of("source"));
        var tree = SampleTree.Build(_folder.Of("source"), new SampleTreeOptions { Repositories = 3, TaggedImages = 10 });
        var environment = new Dictionary<string, string>
        {
            ["TRANSFER_ENGINE__JOURNAL__DATABASE"] = database.ConnectionStringWithoutPassword,
            ["PGPASSFILE"] = PasswordFile("right", database.PasswordLine),
        };
        (await RunAsync(environment, "migrate", _folder.Of("source"), $"registry-tree:{_folder.Of("target")}", "--job", "mine")).AssertExit(0);

        var status = await RunAsync(environment, "status", "mine", "--json");
        status.AssertExit(0);
        using var job = JsonDocument.Parse(status.Output);
        Assert.True(job.RootElement.GetProperty("isFinished").GetBoolean());
        Assert.Equal(tree.Tagged.Count, job.RootElement.GetProperty("tagsSet").GetInt32());
        Assert.False(File.Exists(_folder.Of("state", "jobs.db")));

        environment["PGPASSFILE"] = PasswordFile("wrong", database.PasswordLine.Replace(_server.Password, "no-such-password", StringComparison.Ordinal));
        var refused = await RunAsync(environment, "status");
        refused.AssertExit(3);
        Assert.Contains($"JOURNAL_FAILED: The jobs' database could not be opened: password authentication failed for user \"mover\" (postgresql://{_server.Host}/{database.Name})", refused.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("no-such-password", refused.ToString(), StringComparison.Ordinal);
    }

    private async Task<ProgramResult> RunAsync(Dictionary<string, string> environment, params string[] arguments)
    {
        await using var program = TransferProgram.Start([.. arguments, "--state-dir", _folder.Of("state")], environment: environment);
        return await program.EndAsync();
    }

    private string PasswordFile(string name, string line)
    {
        var path = _folder.Of(name);
        File.WriteAllText(path, line);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }
}
