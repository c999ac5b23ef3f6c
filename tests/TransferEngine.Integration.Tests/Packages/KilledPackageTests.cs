using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit.Line;
using TransferEngine.TestKit.Registries;
using Xunit;

namespace TransferEngine.Integration.Tests.Packages;

/// <summary>Packing and unpacking that end in the middle.</summary>
public sealed class KilledPackageTests : IAsyncLifetime
{
    private Releases _releases = null!;

    public async Task InitializeAsync() => _releases = await Releases.CreateAsync(images: 90);

    public async Task DisposeAsync() => await _releases.DisposeAsync();

    [Fact]
    public async Task Killed_pack_leaves_no_package_and_the_next_one_is_as_if_nothing_had_been()
    {
        await _releases.PackAsync("expected.tar");
        await using var source = await DockerRegistry.StartAsync(_releases.Job.SourceRoot);
        await using var line = new TcpProxy(source.Port);
        string[] arguments = ["pack", $"docker://{line.Host}", _releases.PathOf("killed.tar"), "--src-tls-verify", "false"];
        await KilledProgram.RunAsync(line, 20, request => request.IsBlobGet, arguments);
        Assert.True(File.Exists(_releases.PathOf("killed.tar.partial")));
        Assert.False(File.Exists(_releases.PathOf("killed.tar")));

        var packed = await TransferProgram.RunAsync(arguments);
        packed.AssertExit(0);
        Assert.Equal(await File.ReadAllBytesAsync(_releases.PathOf("expected.tar")), await File.ReadAllBytesAsync(_releases.PathOf("killed.tar")));
        Assert.False(File.Exists(_releases.PathOf("killed.tar.partial")));
    }

    [Fact]
    public async Task Killed_again_and_again_unpack_ends_complete()
    {
        await _releases.PackAsync("1.tar");
        await using var line = new TcpProxy(_releases.Job.Target.Port);
        string[] arguments = ["unpack", _releases.PathOf("1.tar"), $"docker://{line.Host}", "--state-dir", _releases.Job.StateDirectory, "--pushers", "2"];
        for (var kill = 1; kill <= 3; kill++)
            await KilledProgram.RunAsync(line, 20, request => request.IsTagPut, arguments);
        var last = await TransferProgram.RunAsync(arguments);
        last.AssertExit(0);
        await Comparison.HoldsAllTagsAsync(_releases.Job.Target.Host, _releases.First);
        Comparison.HoldsAllBlobs(_releases.Job.TargetRoot, _releases.First);
    }
}
