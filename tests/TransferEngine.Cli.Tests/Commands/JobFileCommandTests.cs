using TransferEngine.Cli.Tests.Fakes;
using TransferEngine.Images;
using Xunit;

namespace TransferEngine.Cli.Tests.Commands;

public sealed class JobFileCommandTests : IDisposable
{
    private const string Two = "jobs:\n- {name: first, source: /a, target: \"docker://one\", mapping: [last=1]}\n- {name: second, source: /b, target: \"docker://two\"}\n";

    private readonly CommandRun _run = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("transfer-jobs");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task The_jobs_of_a_file_run_one_after_the_other()
    {
        await _run.AssertExitAsync(0, "migrate", "--file", Write(Two));
        Assert.Equal(["Complete: /a -> docker://one (job first)", "Complete: /b -> docker://two (job second)"],
            _run.OutputLines.Where(line => line.StartsWith("Complete", StringComparison.Ordinal)));
        Assert.Equal("second", _run.Engine.Job!.Name);
    }

    [Fact]
    public async Task A_job_that_fails_does_not_keep_the_next_from_running_and_the_worst_exit_code_counts()
    {
        _run.Engine.WhileJob = job => job.Name == "first"
            ? throw new TransferException(new TransferError(ErrorCode.HostUnreachable, "There is no such host.") { Scope = ErrorScope.Endpoint })
            : Task.CompletedTask;
        await _run.AssertExitAsync(3, "migrate", "--file", Write(Two));
        Assert.Contains("transfer: job first: HOST_UNREACHABLE", _run.Errors, StringComparison.Ordinal);
        Assert.Contains("(job second)", _run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signal_ends_the_jobs_that_have_not_begun()
    {
        using var stop = new CancellationTokenSource();
        _run.Engine.While = _ => stop.CancelAsync();
        await _run.AssertExitAsync(130, stop.Token, "migrate", "--file", Write(Two));
        Assert.Equal("first", _run.Engine.Job!.Name);
        Assert.Contains("To go on: transfer migrate --file ", _run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_job_of_several_has_its_own_report()
    {
        var report = Path.Combine(_folder.FullName, "run.json");
        await _run.AssertExitAsync(0, "migrate", "--file", Write(Two), "--report", report);
        Assert.Equal(["jobs.yaml", "run.1.json", "run.2.json"], _folder.GetFiles().Select(file => file.Name).Order());
        await _run.AssertExitAsync(0, "migrate", "--file", Write("jobs: [{source: /a, target: b}]"), "--report", report);
        Assert.True(File.Exists(report));
    }

    [Fact]
    public async Task A_dry_run_of_a_file_plans_each_job()
    {
        await _run.AssertExitAsync(0, "migrate", "--file", Write(Two), "--dry-run", "--json");
        Assert.Equal(["docker://one", "docker://two"], _run.Events.Select(plan => plan.GetProperty("target").GetString()));
    }

    [Fact]
    public async Task Flags_of_the_run_hold_for_all_jobs()
    {
        await _run.AssertExitAsync(0, "migrate", "--file", Write(Two), "--restart", "--repair", "--no-hash");
        Assert.All(_run.Engine.Jobs, job => Assert.Equal((true, true, false), (job.Restart, job.Repair, job.HashFiles)));
    }

    [Fact]
    public async Task A_file_of_which_nothing_is_selected_is_4_unless_that_is_allowed()
    {
        _run.Engine.Miss = new SelectionMiss(7, IsWhole: true, ["a:1"]);
        await _run.AssertExitAsync(4, "migrate", "--file", Write(Two));
        Assert.Equal(2, _run.Engine.Jobs.Count);
        await _run.AssertExitAsync(0, "migrate", "--file", Write(Two), "--allow-empty");
    }

    [Theory]
    [InlineData()]
    [InlineData("--dry-run")]
    public async Task A_job_may_allow_for_itself_that_nothing_is_selected(params string[] more)
    {
        _run.Engine.Miss = new SelectionMiss(7, IsWhole: true, ["a:1"]);
        var file = Write("jobs: [{source: /a, target: 'docker://one', allow-empty: true}]");
        await _run.AssertExitAsync(0, ["migrate", "--file", file, .. more]);
    }

    [Theory]
    [InlineData("SOURCE is missing.")]
    [InlineData("TARGET is missing.", "/a")]
    public async Task Without_a_file_both_addresses_are_needed(string expected, params string[] addresses)
    {
        await _run.AssertExitAsync(2, ["migrate", .. addresses]);
        Assert.Contains(expected, _run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SOURCE and TARGET stand in the job file", "/a")]
    [InlineData("SOURCE and TARGET stand in the job file", "/a", "docker://one")]
    [InlineData("--map can't be given together with --file", "--map", "last=1")]
    [InlineData("--newest can't be given together with --file", "--newest", "1")]
    [InlineData("--job can't be given together with --file", "--job", "x")]
    public async Task What_stands_in_the_file_can_not_be_said_twice(string expected, params string[] more)
    {
        await _run.AssertExitAsync(2, ["migrate", "--file", Write(Two), .. more]);
        Assert.Contains(expected, _run.Errors, StringComparison.Ordinal);
        Assert.Null(_run.Engine.Job);
    }

    [Theory]
    [InlineData("jobs:\n- {source: /a, target: b}\n- {source: /b, target: c, mapping: [flatten=/]}")]
    [InlineData("jobs:\n- {source: /a, target: b}\n- {source: /b}")]
    [InlineData("options: {pushers: 0}\njobs:\n- {source: /a, target: b}")]
    public async Task A_mistake_anywhere_in_the_file_is_told_before_anything_runs(string yaml)
    {
        await _run.AssertExitAsync(2, "migrate", "--file", Write(yaml));
        Assert.Contains("CONFIGURATION_INVALID", _run.Errors, StringComparison.Ordinal);
        Assert.Null(_run.Engine.Job);
    }

    [Fact]
    public async Task An_import_is_written_to_standard_output_and_what_is_lost_to_standard_error()
    {
        var images = Write("quay.io/a/b: registry.example.org/a/b\nredis:7: registry.example.org/redis:seven\n", "images.yaml");
        await _run.AssertExitAsync(1, "import", images);
        Assert.Contains("- \"a/b\"\n", _run.Output, StringComparison.Ordinal);
        Assert.StartsWith($"{images}:2: redis:seven", _run.Errors, StringComparison.Ordinal);

        var imported = Write(_run.Output, "imported.yaml");
        await _run.AssertExitAsync(0, "migrate", "--file", imported);
        Assert.Contains("docker://quay.io -> docker://registry.example.org", _run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--from can't be understood", "--from", "docker")]
    [InlineData("--target", "--from", "skopeo")]
    public async Task An_import_that_can_not_be_meant_is_wrong_usage(string expected, params string[] more)
    {
        await _run.AssertExitAsync(2, ["import", Write("a: b", "images.yaml"), .. more]);
        Assert.Contains(expected, _run.Errors, StringComparison.Ordinal);
        Assert.Empty(_run.Output);
    }

    private string Write(string text, string name = "jobs.yaml")
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
