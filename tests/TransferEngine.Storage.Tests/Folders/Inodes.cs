using System.Diagnostics;

namespace TransferEngine.Storage.Tests.Folders;

/// <summary>Which files are the same file, as the system's own <c>stat</c> tells.</summary>
internal static class Inodes
{
    public static async Task<string[]> OfAsync(params string[] paths)
    {
        using var process = Process.Start(new ProcessStartInfo("stat", ["-c", "%d:%i", .. paths]) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
