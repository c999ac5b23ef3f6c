using System.Diagnostics;
using TransferEngine.Images;

namespace TransferEngine.Integration.Tests.Support;

/// <summary>An independent client as witness.</summary>
internal static class Skopeo
{
    /// <summary>Pulls one image with all its platforms into a folder, as the bytes that the registry serves.</summary>
    public static Task CopyToFolderAsync(string host, ImageReference image, string folder) =>
        RunAsync("copy", "--all", "--preserve-digests", "--src-tls-verify=false", $"docker://{host}/{image}", $"dir:{folder}");

    /// <summary>Copies all tags of a repository with all platforms from one registry into another, under the same name.</summary>
    public static Task SyncAsync(string from, string to, RepositoryName repository)
    {
        // Scoped, the target's name is the source's whole name: the part before the last slash belongs to the target's path.
        var name = repository.ToString();
        var slash = name.LastIndexOf('/');
        var scope = slash < 0 ? "" : "/" + name[..slash];
        return RunAsync("sync", "--all", "--preserve-digests", "--src-tls-verify=false", "--dest-tls-verify=false", "--src", "docker", "--dest", "docker",
            $"{from}/{name}", $"{to}{scope}");
    }

    /// <returns>What it wrote to standard output.</returns>
    /// <exception cref="InvalidOperationException">It failed; the message is what it said.</exception>
    public static async Task<string> RunAsync(string command, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("skopeo", [command, "--insecure-policy", .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true })
            ?? throw new InvalidOperationException("skopeo can't be started.");
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"skopeo: {await output}{errors}");
        return await output;
    }
}
