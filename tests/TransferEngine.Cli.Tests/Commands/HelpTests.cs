using TransferEngine.Cli.Tests.Fakes;
using Xunit;

namespace TransferEngine.Cli.Tests.Commands;

public sealed class HelpTests
{
    [Fact]
    public void Every_option_says_what_it_does_and_what_holds_without_it()
    {
        using var console = new CliConsole(TextWriter.Null, TextWriter.Null, TextReader.Null, isErrorTerminal: false);
        var options = CommandLine.Build(new CliHost(console, null)).Subcommands
            .SelectMany(command => command.Options)
            .Where(option => option is not System.CommandLine.Help.HelpOption)
            .ToList();
        Assert.NotEmpty(options);
        Assert.All(options, option => Assert.Matches(@"\. .*Default: .+\.\z", option.Description));
    }

    [Theory]
    [InlineData("migrate", "--limit-rate <RATE>")]
    [InlineData("migrate", "docker-archive:FILE")]
    [InlineData("list", "containers-storage:NAME:TAG")]
    [InlineData("unpack", "--chown <UID:GID>")]
    [InlineData("verify", "--report <FILE>")]
    [InlineData("status", "--state-dir <DIR>")]
    public async Task Help_goes_to_standard_output_and_is_a_success(string command, string expected)
    {
        var run = new CommandRun();
        await run.AssertExitAsync(0, command, "--help");
        Assert.Contains(expected, run.Output, StringComparison.Ordinal);
        Assert.Empty(run.Errors);
    }

    [Theory]
    [InlineData("Which command?")]
    [InlineData("There is no command migrat.", "migrat")]
    [InlineData("SOURCE is missing.", "list")]
    [InlineData("TARGET is missing.", "migrate", "a")]
    [InlineData("migrate takes SOURCE and TARGET; 1 more given.", "migrate", "a", "b", "c")]
    [InlineData("There is no option --fast.", "migrate", "a", "b", "--fast")]
    [InlineData("There is no option --fast.", "migrate", "--fast", "a", "b")]
    [InlineData("--job needs a value: NAME.", "migrate", "a", "b", "--job")]
    [InlineData("--limit-rate can't be understood", "migrate", "a", "b", "--limit-rate", "warp")]
    public async Task Wrong_usage_is_2_and_one_sentence(string expected, params string[] args)
    {
        var run = new CommandRun();
        await run.AssertExitAsync(2, args);
        Assert.Contains(expected, run.Errors, StringComparison.Ordinal);
        Assert.Equal(2, run.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Empty(run.Output);
    }
}
