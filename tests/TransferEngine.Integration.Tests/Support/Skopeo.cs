using System.Diagnostics;
using TransferEngine.Images;

namespace TransferEngine.Integration.Tests.Support;

/// <summary>An independent client as witness.</summary>
internal static class Skopeo
{
    /// <summary>Pulls one image with all its platforms into a folder, as the bytes that the registry serves.</summary>
    public static Task CopyToFolderAsync(string host, ImageReference image, string folder) =>
        RunAsync("copy", "--all", "--preserve-digests", "--src-tls-verify=false", "--insecure-policy", $"docker://{host}/{image}", $"dir:{folder}");

    /// <exception cref="InvalidOperationException">It says no; the message is what it says.</exception>
    public static async Task RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("skopeo", arguments) { RedirectStandardError = true, RedirectStandardOutput = true })
            ?? throw new InvalidOperationException("skopeo can't be started.");
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"skopeo: {await output}{errors}");
    }
}
