using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using TransferEngine.Images;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Conformance;
using Xunit;

namespace TransferEngine.Integration.Tests.Folders;

/// <summary>A target's file system that fills up, a real one of one megabyte: the run ends at once.</summary>
public sealed class FullDiskTests : IDisposable
{
    private const int Images = 90;

    private readonly TemporaryFolder _folder = new();

    private string Disk => Directory.CreateDirectory(_folder.Of("disk")).FullName;

    [Theory]
    [InlineData("dir")]
    [InlineData("oci")]
    [InlineData("oci-archive")]
    [InlineData("docker-archive")]
    public async Task A_full_disk_ends_the_run_and_not_every_image(string scheme)
    {
        var set = new ImageSet();
        for (var i = 0; i < Images; i++)
            set.With(RepositoryName.Parse($"team/app{i % 3}"), $"v{i}", ImageContent.Of("base", Convert.ToHexString(RandomNumberGenerator.GetBytes(60_000))));
        var tree = set.WriteTree(_folder.Of("tree"));
        var target = $"{scheme}:{Path.Join(Disk, "out")}";
        var full = await MigrateAsync(tree, target, "1m");
        Assert.True(full.ExitCode == 3, full.ToString());
        Assert.Contains(ErrorCode.TargetFull, full.Errors, StringComparison.Ordinal);
        Assert.Contains("Make room", full.Errors, StringComparison.Ordinal);
        // What was under way when it happened may be told, but not one image after the other.
        Assert.InRange(full.Errors.Split("failed ").Length - 1, 0, Images / 3);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>In a mount namespace of its own, so that the disk is seen by the program alone and is gone with it: no verification can follow.</summary>
    private async Task<ProgramResult> MigrateAsync(string source, string target, string size)
    {
        var mount = string.Create(CultureInfo.InvariantCulture, $"mount -t tmpfs -o size={size} tmpfs '{Disk}' && exec \"$@\"");
        using var process = Process.Start(new ProcessStartInfo(
            "unshare",
            ["--map-root-user", "--mount", "sh", "-c", mount, "sh", TransferProgram.Path, "migrate", source, target, "--state-dir", _folder.Of("state")])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new ProgramResult(process.ExitCode, await output, errors);
    }
}
