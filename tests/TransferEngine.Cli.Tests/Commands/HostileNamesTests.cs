using System.Globalization;
using System.Text.Json;
using NSubstitute;
using TransferEngine.Cli.Progress;
using TransferEngine.Cli.Tests.Fakes;
using TransferEngine.Cli.Wording;
using TransferEngine.Images;
using Xunit;

namespace TransferEngine.Cli.Tests.Commands;

/// <summary>Whatever a source, a target or a file says, none of it steers the terminal, fakes a line of its own or turns one around.</summary>
public sealed class HostileNamesTests : IDisposable
{
    /// <summary>A screen cleared, a line of its own, a line that reads backwards, a C1 control, nothing to see, a tag character.</summary>
    private const string Hostile = "a\e[2J\nComplete: all\u202eb\u009bc\u200bd\U000E0041e\u2028f";

    private static readonly TransferError Error = new(ErrorCode.SourceUnreadable, $"It says {Hostile}.") { Path = "/data/" + Hostile, Hint = $"Ask {Hostile}.", Host = Hostile };
    private static readonly ImageResult Failed = new("team/" + Hostile, Hostile, ImageOutcome.Failed, null, Error);

    private readonly CommandRun _run = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("transfer-hostile");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("migrate")]
    [InlineData("migrate", "--json")]
    [InlineData("plan")]
    [InlineData("plan", "--json")]
    [InlineData("verify")]
    [InlineData("verify", "--json")]
    [InlineData("verify", "--repair")]
    public async Task No_result_steers_the_terminal(string command, params string[] flags)
    {
        _run.Engine.Results.Add(Failed);
        _run.Engine.PlanProblems = [Failed];
        _run.Engine.Totals = new MigrationTotals { Failed = 1, BlobsTaken = 1 };
        _run.Engine.Fatal = Error;
        _run.Engine.Notes = [$"Note {Hostile}"];
        _run.Engine.Miss = new SelectionMiss(3, IsWhole: true, [Hostile]);
        await _run.RunAsync([command, "/data/" + Hostile, "docker://host/" + Hostile, .. flags]);
        AssertHarmless();
    }

    [Theory]
    [InlineData("list")]
    [InlineData("list", "--json")]
    public async Task No_listing_does(string command, params string[] flags)
    {
        _run.Endpoints.Listing.Add(new SourceRepository(Hostile, null, Error), []);
        _run.Endpoints.Listing.Add(new SourceRepository("good", RepositoryName.Parse("good")), [new SourceImage(Hostile, null, null, Error)]);
        await _run.RunAsync([command, "/data", .. flags]);
        AssertHarmless();
        Assert.NotEmpty(_run.Errors);
    }

    [Theory]
    [InlineData]
    [InlineData("nightly")]
    [InlineData("--json")]
    public async Task No_journal_does(params string[] arguments)
    {
        _run.Jobs = Substitute.For<IJobStore>();
        _run.Jobs.ListAsync(Arg.Any<CancellationToken>()).Returns([Hostile, "nightly"]);
        _run.Jobs.ReadAsync(Hostile, Arg.Any<CancellationToken>()).Returns<Task<JobStatus>>(_ => throw new TransferException(Error));
        _run.Jobs.ReadAsync("nightly", Arg.Any<CancellationToken>()).Returns(new JobStatus { Job = Hostile, Source = Hostile, Target = Hostile });
        await _run.RunAsync(["status", .. arguments]);
        AssertHarmless();
        Assert.NotEmpty(_run.Output);
    }

    [Fact]
    public async Task No_file_of_another_tool_does()
    {
        var file = Path.Combine(_folder.FullName, "images.yaml");
        await File.WriteAllTextAsync(file, "\"quay.io/a/b\": \"x.example/a/b:\\e[2J\\n\\u202eother\"\n");
        await _run.RunAsync("import", file);
        AssertHarmless();
    }

    [Fact]
    public async Task No_failure_that_nobody_expected_does()
    {
        _run.Engine.Failure = new InvalidOperationException(Hostile);
        await _run.AssertExitAsync(3, "migrate", "/data", "docker://host");
        AssertHarmless();
    }

    [Fact]
    public async Task No_word_of_the_command_line_does()
    {
        await _run.AssertExitAsync(2, "migrate", "--" + Hostile);
        AssertHarmless();
        await _run.AssertExitAsync(2, Hostile);
        AssertHarmless();
    }

    [Fact]
    public async Task The_redrawn_display_shows_no_name_raw()
    {
        using var terminal = new StringWriter();
        await using (var display = new LiveDisplay(terminal, TimeProvider.System))
            display.Show(Failed);
        var shown = terminal.ToString();
        Assert.DoesNotContain("\e[2J", shown, StringComparison.Ordinal);
        Assert.DoesNotContain('\u202e', shown);
        Assert.DoesNotContain('\u009b', shown);
        Assert.DoesNotContain(shown.Split('\n'), line => line.StartsWith("Complete", StringComparison.Ordinal));
        var pushers = new ProgressSnapshot { Elapsed = TimeSpan.Zero, Totals = new MigrationTotals(), Pushers = [new PusherSnapshot(Hostile, "sha256:ab", 1, 1)] };
        Assert.All(ProgressText.Pushers(pushers, 500), line => Assert.DoesNotContain(line, IsHidden));
    }

    [Fact]
    public async Task A_machine_is_given_the_very_name()
    {
        _run.Engine.Results.Add(Failed);
        var report = Path.Combine(_folder.FullName, "report.json");
        await _run.RunAsync("migrate", "/data", "docker://host", "--json", "--report", report);
        Assert.Equal(Failed.Repository, _run.Events[1].GetProperty("repository").GetString());
        var written = await File.ReadAllTextAsync(report);
        Assert.DoesNotContain(written.Replace("\n", "", StringComparison.Ordinal), IsHidden);
        Assert.Equal(Failed.Repository, JsonDocument.Parse(written).RootElement.GetProperty("images")[0].GetProperty("repository").GetString());
    }

    private void AssertHarmless()
    {
        var all = _run.Output + _run.Errors;
        Assert.DoesNotContain(all.Replace("\n", "", StringComparison.Ordinal), IsHidden);
        Assert.DoesNotContain(all.Split('\n'), line => line.StartsWith("Complete", StringComparison.Ordinal));
    }

    private static bool IsHidden(char letter) => char.GetUnicodeCategory(letter) is UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator || letter is '\udb40';
}
