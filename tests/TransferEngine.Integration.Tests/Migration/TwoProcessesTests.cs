using System.Text.Json;
using TransferEngine.Images;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Line;
using TransferEngine.TestKit.Registries;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Integration.Tests.Migration;

/// <summary>Two processes of the program at once on one state database. Each is held where its line lets it go no further, so that both are at work.</summary>
public sealed class TwoProcessesTests : IDisposable
{
    private const int Passing = 5;

    private readonly TemporaryFolder _folder = new();
    private readonly SampleTree _tree;

    public TwoProcessesTests() => _tree = SampleTree.Build(_folder.Of("source"), new SampleTreeOptions { Repositories = 4, TaggedImages = 20 });

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Different_jobs_are_both_told_as_running_and_both_end_complete()
    {
        await using var one = await HeldRun.StartAsync(_folder.Of("one"), host => Arguments(host, "one"));
        await using var two = await HeldRun.StartAsync(_folder.Of("two"), host => Arguments(host, "two"));
        var jobs = await StatusAsync();
        Assert.Equal(["one", "two"], jobs.Keys.Order());
        foreach (var (name, run) in new[] { ("one", one), ("two", two) })
        {
            Assert.Equal(run.ProcessId, jobs[name].GetProperty("running").GetProperty("process").GetInt32());
            Assert.False(jobs[name].GetProperty("isFinished").GetBoolean());
        }

        one.GoOn();
        two.GoOn();
        (await one.EndAsync()).AssertExit(0);
        (await two.EndAsync()).AssertExit(0);
        foreach (var (_, job) in await StatusAsync())
        {
            Assert.True(job.GetProperty("isFinished").GetBoolean());
            Assert.False(job.TryGetProperty("running", out _));
            Assert.Equal(_tree.Tagged.Count, job.GetProperty("tagsSet").GetInt32());
        }
        await Comparison.HoldsAllTagsAsync(one.Target.Host, _tree);
        await Comparison.HoldsAllTagsAsync(two.Target.Host, _tree);
    }

    [Fact]
    public async Task The_same_job_is_refused_with_who_runs_it_and_that_one_ends_complete()
    {
        await using var first = await HeldRun.StartAsync(_folder.Of("target"), host => Arguments(host, "mine"));
        var second = await TransferProgram.RunAsync(Arguments(first.Host, "mine"));
        second.AssertExit(3);
        Assert.Contains($"{ErrorCode.JobBusy}: The job mine is being run by process {first.ProcessId}, since ", second.Errors, StringComparison.Ordinal);
        Assert.Equal(first.ProcessId, (await StatusAsync())["mine"].GetProperty("running").GetProperty("process").GetInt32());

        first.GoOn();
        (await first.EndAsync()).AssertExit(0);
        await Comparison.HoldsAllTagsAsync(first.Target.Host, _tree);
        await first.Target.StopAsync();
        Assert.Equal(_tree.Blobs.Keys.Order(), first.Target.Requests.Where(request => request.IsUploadCommit).Select(UploadedDigest.Of).Order());
    }

    private string[] Arguments(string host, string job) => ["migrate", _tree.Root, $"docker://{host}", "--job", job, "--state-dir", _folder.Of("state")];

    /// <summary>What <c>transfer status</c> says of each job.</summary>
    private async Task<Dictionary<string, JsonElement>> StatusAsync()
    {
        var status = await TransferProgram.RunAsync("status", "--json", "--state-dir", _folder.Of("state"));
        status.AssertExit(0);
        return status.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)
            .ToDictionary(job => job.GetProperty("job").GetString()!, StringComparer.Ordinal);
    }

    /// <summary>A run into a registry of its own, held once a few tags are set.</summary>
    private sealed class HeldRun : IAsyncDisposable
    {
        private readonly TcpProxy _line;
        private readonly TransferProgram _program;
        private readonly Task<ProgramResult> _ended;

        private HeldRun(DockerRegistry target, TcpProxy line, TransferProgram program) =>
            (Target, _line, _program, _ended) = (target, line, program, program.EndAsync());

        public DockerRegistry Target { get; }

        public string Host => _line.Host;

        public int ProcessId => _program.ProcessId;

        public static async Task<HeldRun> StartAsync(string root, Func<string, string[]> arguments)
        {
            var target = await DockerRegistry.StartAsync(root);
            var line = new TcpProxy(target.Port);
            line.HoldAfter(Passing, request => request.IsTagPut);
            var run = new HeldRun(target, line, TransferProgram.Start(arguments(line.Host)));
            if (await Task.WhenAny(line.Held, run._ended) == run._ended)
                Assert.Fail($"The run ended before it was held: {await run._ended}");
            return run;
        }

        public void GoOn() => _line.Heal();

        public Task<ProgramResult> EndAsync() => _ended;

        public async ValueTask DisposeAsync()
        {
            await _program.DisposeAsync();
            await _line.DisposeAsync();
            await Target.DisposeAsync();
        }
    }
}
