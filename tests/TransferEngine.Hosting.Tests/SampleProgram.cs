using System.Diagnostics;
using System.Reflection;
using Xunit;

namespace TransferEngine.Hosting.Tests;

/// <summary>A sample, run as its reader would run it, from where it was built.</summary>
internal static class SampleProgram
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    public static string SourceOf(string sample) => Path.Combine(Metadata("SampleFolders"), sample, "Program.cs");

    /// <summary>The only framework that it asks for is .NET itself.</summary>
    public static void DemandNoAspNet(string sample)
    {
        var configuration = File.ReadAllText(OutputOf(sample) + ".runtimeconfig.json");
        Assert.Contains("\"Microsoft.NETCore.App\"", configuration, StringComparison.Ordinal);
        Assert.DoesNotContain("AspNetCore", configuration, StringComparison.Ordinal);
    }

    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string sample, params string[] arguments)
    {
        var start = new ProcessStartInfo(OutputOf(sample), [.. arguments, "--Logging:LogLevel:Default=None"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(Limit);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output, await errors);
    }

    private static string OutputOf(string sample) => Path.Combine(Metadata("SampleFolders"), sample, Metadata("SampleOutput"), sample);

    private static string Metadata(string key) =>
        typeof(SampleProgram).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(one => one.Key == key).Value!;
}
