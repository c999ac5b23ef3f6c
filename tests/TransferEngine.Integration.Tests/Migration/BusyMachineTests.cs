using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Integration.Tests.Migration;

/// <summary>A machine that has next to no time for us: no limit of the journal or of anything else is met for that alone.</summary>
public sealed partial class BusyMachineTests : IDisposable
{
    private const int Loops = 16;

    private readonly int _core = FirstCore();
    private readonly List<Process> _loops = [];

    public void Dispose()
    {
        foreach (var loop in _loops)
        {
            loop.Kill();
            loop.WaitForExit();
            loop.Dispose();
        }
    }

    [Fact]
    public async Task On_one_core_beside_sixteen_busy_loops_a_whole_migration_is_complete()
    {
        await using var job = await Job.CreateAsync();
        var tree = SampleTree.Build(job.SourceRoot, new SampleTreeOptions { Repositories = 4, TaggedImages = 20 });
        for (var i = 0; i < Loops; i++)
            _loops.Add(Process.Start("taskset", ["-c", $"{_core}", "sh", "-c", "while :; do :; done"]));
        await using var program = TransferProgram.Start(job.Arguments(), core: _core);
        (await program.EndAsync()).AssertExit(0);
        await Comparison.HoldsAllTagsAsync(job.Target.Host, tree);
    }

    // Of those that the tests themselves may use.
    private static int FirstCore() => int.Parse(
        AllowedCores().Match(File.ReadAllText("/proc/self/status")).Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^Cpus_allowed_list:\s*(\d+)", RegexOptions.Multiline)]
    private static partial Regex AllowedCores();
}
