using System.Text.Json;
using Xunit;

namespace TransferEngine.Cli.Tests.Processes;

public sealed class TransferProcessTests : IDisposable
{
    private readonly TransferProcess _transfer = new();

    public void Dispose() => _transfer.Dispose();

    [Fact]
    public async Task Version_is_the_assembly_s_version()
    {
        var (_, output, _) = (await _transfer.RunAsync("--version")).AssertExit(0);
        Assert.Matches(@"\A\d+\.\d+\.\d+\n\z", output);
    }

    [Fact]
    public async Task Wrong_usage_is_2_and_two_lines()
    {
        var (_, output, errors) = (await _transfer.RunAsync("migrate", "--faster", ".", "docker://localhost:1")).AssertExit(2);
        Assert.Empty(output);
        Assert.Equal("transfer: There is no option --faster.\nRun 'transfer migrate --help' for what there is.\n", errors);
    }

    [Fact]
    public async Task A_folder_that_is_no_storage_tree_is_3_and_names_what_was_looked_for()
    {
        var (_, output, errors) = (await _transfer.RunAsync("list", _transfer.Folder)).AssertExit(3);
        Assert.Empty(output);
        Assert.StartsWith("transfer: SOURCE_NOT_FOUND: ", errors, StringComparison.Ordinal);
        Assert.Contains("docker/registry/v2", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bare_host_as_target_is_2_with_a_suggestion()
    {
        var (_, _, errors) = (await _transfer.RunAsync("migrate", ".", "localhost:5000")).AssertExit(2);
        Assert.Contains("Did you mean docker://localhost:5000?", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_that_is_down_is_3_and_no_secret_is_shown()
    {
        _transfer.WriteTree("team/app", "1.0");
        // Port 1 of this machine: nobody listens there.
        var (_, output, errors) = (await _transfer.RunAsync("migrate", ".", "docker://127.0.0.1:1", "--dest-creds", "admin:s3cret", "--retry-times", "0", "--verbose")).AssertExit(3);
        Assert.StartsWith("transfer: HOST_UNREACHABLE: ", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", output + errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_storage_tree_is_listed_with_tags_of_every_name()
    {
        _transfer.WriteTree("team/app", "1.0", "_x", "current");
        var (_, output, errors) = (await _transfer.RunAsync("list", ".")).AssertExit(0);
        Assert.Empty(errors);
        Assert.Equal(["team/app:1.0", "team/app:_x", "team/app:current"], output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_listing_as_JSON_is_one_object_per_line()
    {
        _transfer.WriteTree("team/app", "1.0");
        var (_, output, _) = await _transfer.RunAsync("list", "registry-tree:.", "--json");
        var image = JsonDocument.Parse(output).RootElement;
        Assert.Equal(["repository", "tag", "digest"], image.EnumerateObject().Select(property => property.Name));
    }

    [Fact]
    public async Task Without_any_state_there_are_no_jobs_and_an_unknown_one_is_3()
    {
        Assert.Equal(new ProcessResult(0, "", ""), await _transfer.RunAsync("status"));
        var (_, _, errors) = (await _transfer.RunAsync("status", "nightly")).AssertExit(3);
        Assert.StartsWith("transfer: JOB_UNKNOWN: ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_configuration_file_with_a_misspelt_key_is_2_and_names_it()
    {
        var file = Path.Combine(_transfer.Folder, "my.conf");
        await File.WriteAllTextAsync(file, "transfer-engine.pushrs = 4");
        var (_, _, errors) = (await _transfer.RunAsync("migrate", ".", "docker://127.0.0.1:1", "--config", file)).AssertExit(2);
        Assert.Contains("transfer-engine.pushrs is no key", errors, StringComparison.Ordinal);
    }
}
