using System.Text.Json;
using TransferEngine.Cli.Tests.Fakes;
using Xunit;

namespace TransferEngine.Cli.Tests.Commands;

/// <summary>A selection that leaves nothing is no success, whatever the command.</summary>
public sealed class NothingSelectedTests
{
    private static readonly SelectionMiss Miss = new(34, IsWhole: true, ["team/app:1.0", "team/b\e[2Jad:1.0"]);

    private readonly CommandRun _run = new();

    public static TheoryData<string> Commands => ["migrate", "plan", "verify"];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task It_is_4_with_names_that_are_there(string command)
    {
        _run.Engine.Miss = Miss;
        await _run.AssertExitAsync(4, command, "/data", "docker://host");
        Assert.StartsWith("Nothing selected: 0 of 34 images matched", _run.Output, StringComparison.Ordinal);
        Assert.Matches(@"team/app:1\.0, team/b.+ad:1\.0 and others", _run.Output);
        Assert.DoesNotContain('\e', _run.Output);
        Assert.DoesNotContain("Complete", _run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Verified", _run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Scripts_can_allow_it(string command)
    {
        _run.Engine.Miss = Miss;
        await _run.AssertExitAsync(0, command, "/data", "docker://host", "--allow-empty");
        Assert.StartsWith("Nothing selected: 0 of 34 images matched", _run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_source_without_any_image_is_4_too(string command)
    {
        _run.Engine.Miss = new SelectionMiss(0, IsWhole: true, []);
        await _run.AssertExitAsync(4, command, "/data", "docker://host");
        Assert.StartsWith("Nothing selected: the source holds no image", _run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task What_was_not_counted_to_its_end_is_said_to_be_more(string command)
    {
        _run.Engine.Miss = Miss with { Images = 10_000, IsWhole = false };
        await _run.AssertExitAsync(4, command, "/data", "docker://host");
        Assert.StartsWith("Nothing selected: 0 of more than 10,000 images matched", _run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Machines_are_told_too(string command)
    {
        _run.Engine.Miss = Miss;
        await _run.AssertExitAsync(4, command, "/data", "docker://host", "--json");
        var told = _run.Events[^1].GetProperty("nothingSelected");
        Assert.Equal((34, true, 2), (told.GetProperty("images").GetInt64(), told.GetProperty("isWhole").GetBoolean(), told.GetProperty("examples").GetArrayLength()));
        Assert.Contains("NOTHING_SELECTED: 0 of 34 images matched", _run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_counts_for_more()
    {
        (_run.Engine.Miss, _run.Engine.Totals) = (Miss, new MigrationTotals { Failed = 1 });
        await _run.AssertExitAsync(1, "migrate", "/data", "docker://host", "--allow-empty");
        Assert.StartsWith("Incomplete", _run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_file_holds_it_with_the_exit_code()
    {
        var folder = Directory.CreateTempSubdirectory("transfer-nothing");
        var path = Path.Combine(folder.FullName, "report.json");
        _run.Engine.Miss = Miss;
        await _run.AssertExitAsync(4, "migrate", "/data", "docker://host", "--report", path);
        using (var report = JsonDocument.Parse(await File.ReadAllBytesAsync(path)))
        {
            Assert.Equal(4, report.RootElement.GetProperty("exitCode").GetInt32());
            Assert.Equal(34, report.RootElement.GetProperty("nothingSelected").GetProperty("images").GetInt64());
        }
        folder.Delete(recursive: true);
    }
}
