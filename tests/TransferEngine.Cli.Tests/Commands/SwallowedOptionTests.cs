using TransferEngine.Cli.Tests.Fakes;
using Xunit;

namespace TransferEngine.Cli.Tests.Commands;

/// <summary>An option's name is never taken for the value of the option before it.</summary>
public sealed class SwallowedOptionTests
{
    public static TheoryData<string, string, string> Pairs()
    {
        using var console = new CliConsole(TextWriter.Null, TextWriter.Null, TextReader.Null, isErrorTerminal: false);
        var pairs = new TheoryData<string, string, string>();
        foreach (var command in CommandLine.Build(new CliHost(console, null)).Subcommands)
            foreach (var option in command.Options.Where(option => option.Arity.MinimumNumberOfValues > 0))
                foreach (var next in new[] { command.Options.First(other => other != option).Name, "--help" })
                    pairs.Add(command.Name, option.Name, next);
        return pairs;
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Every_option_with_a_value_refuses_another_option_as_its_value(string command, string option, string next)
    {
        var run = new CommandRun();
        await run.AssertExitAsync(2, command, "a", "b", option, next);
        Assert.StartsWith($"transfer: {option} needs a value: ", run.Errors, StringComparison.Ordinal);
        Assert.Contains($"Write {option}={next} if that is the value.", run.Errors, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task Behind_an_equal_sign_any_value_can_be_meant()
    {
        var run = new CommandRun();
        await run.AssertExitAsync(0, "migrate", "/data", "docker://host", "--job=--untagged");
        Assert.Equal("--untagged", run.Engine.Job!.Name);
        Assert.False(run.Engine.Job.Untagged);
    }

    [Theory]
    [InlineData("--include", "--dest-creds=a:s3cret")]
    [InlineData("-u", "--password-stdin=s3cret")]
    public async Task What_is_behind_the_equal_sign_is_not_repeated(string option, string next)
    {
        var run = new CommandRun();
        await run.AssertExitAsync(2, option == "-u" ? "login" : "migrate", "a", option, next);
        Assert.Contains("needs a value", run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_value_that_begins_with_a_dash_and_is_no_option_stays_one()
    {
        var run = new CommandRun();
        await run.AssertExitAsync(0, "migrate", "/data", "docker://host", "--harbor-storage-limit", "-1");
        Assert.Equal(-1, run.Endpoints.TargetSettings!.Harbor!.StorageLimit);
    }
}
