using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using TransferEngine.Hosting;
using TransferEngine.Registry;
using Xunit;

namespace TransferEngine.Cli.Tests.Fakes;

/// <summary>The command line in this process, on a fake engine and fake endpoints.</summary>
internal sealed class CommandRun
{
    public FakeEngine Engine { get; } = new();

    public FakeEndpoints Endpoints { get; } = new();

    public IJobStore? Jobs { get; set; }

    public string Input { get; set; } = "";

    /// <summary>What somebody at a terminal types unseen; null if nobody sits there.</summary>
    public string? HiddenInput { get; set; }

    public AuthFiles? AuthFiles { get; set; }

    public string Output { get; private set; } = "";

    public string Errors { get; private set; } = "";

    public string[] OutputLines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public IReadOnlyList<JsonElement> Events => [.. OutputLines.Select(line => JsonDocument.Parse(line).RootElement)];

    /// <summary>How much standard output takes before its disk is full.</summary>
    public int OutputRoom { get; set; } = int.MaxValue;

    /// <summary>The same of standard error.</summary>
    public int ErrorRoom { get; set; } = int.MaxValue;

    public async Task<int> RunAsync(CancellationToken cancellationToken, params string[] args)
    {
        using var output = new FillingWriter(OutputRoom);
        using var errors = new FillingWriter(ErrorRoom);
        using var console = new CliConsole(output, errors, new StringReader(Input), isErrorTerminal: false, HiddenInput is null ? null : () => HiddenInput);
        var exitCode = await CommandLine.RunAsync(args, console, Override, cancellationToken);
        (Output, Errors) = (output.ToString(), errors.ToString());
        return exitCode;
    }

    public Task<int> RunAsync(params string[] args) => RunAsync(CancellationToken.None, args);

    /// <summary>Runs it, and fails with all that it said if it ends with another exit code.</summary>
    public async Task AssertExitAsync(int expected, CancellationToken cancellationToken, params string[] args)
    {
        var exitCode = await RunAsync(cancellationToken, args);
        Assert.True(exitCode == expected, $"Expected exit code {expected}: exit code {exitCode}\n--- output\n{Output}\n--- errors\n{Errors}");
    }

    public Task AssertExitAsync(int expected, params string[] args) => AssertExitAsync(expected, CancellationToken.None, args);

    private void Override(IServiceCollection services)
    {
        services.Replace(ServiceDescriptor.Singleton<ITransferEngine>(Engine));
        services.Replace(ServiceDescriptor.Singleton<IEndpoints>(Endpoints));
        if (AuthFiles is not null)
            services.Replace(ServiceDescriptor.Singleton(AuthFiles));
        if (Jobs is not null)
            services.Replace(ServiceDescriptor.Singleton(Jobs));
    }
}
