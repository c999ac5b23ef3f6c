using System.Text.Json;
using TransferEngine.Images;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit.Programs;
using Xunit;

namespace TransferEngine.Integration.Tests.Faults;

/// <summary>The program as a process, asked by its report and its exit code.</summary>
internal static class ProgramRun
{
    private static readonly string[] There = ["migrated", "already-there"];

    public static async Task<RunOutcome> MigrateAsync(string source, string target, string settings, string folder)
    {
        var (file, report) = (Path.Combine(folder, "settings.conf"), Path.Combine(folder, "report.json"));
        await File.WriteAllTextAsync(file, settings);
        File.Delete(report);
        var result = await TransferProgram.RunAsync(
            // On this line a verification would meet faults of its own; the judge has one without them.
            Unverified.RequestsAreCounted, "migrate", source, target, "--config", file, "--state-dir", folder, "--report", report);
        using var json = JsonDocument.Parse(await File.ReadAllBytesAsync(report));
        var root = json.RootElement;
        var isComplete = root.TryGetProperty("isComplete", out var complete) && complete.GetBoolean();
        Assert.True(result.ExitCode == 0 == isComplete, $"The exit code is {result.ExitCode}, and the report says complete: {isComplete}\n{result}");
        var images = root.GetProperty("images").EnumerateArray().ToDictionary(
            image => $"{image.GetProperty("repository").GetString()}:{image.GetProperty("name").GetString()}", Said, StringComparer.Ordinal);
        return new RunOutcome(images, isComplete, result.ExitCode == 3 || root.TryGetProperty("damage", out _), $"{result}\n{root}");
    }

    private static SaidImage Said(JsonElement image) => new(
        There.Contains(image.GetProperty("outcome").GetString()),
        image.TryGetProperty("digest", out var digest) ? Digest.Parse(digest.GetString()!) : null,
        image.ToString());
}
