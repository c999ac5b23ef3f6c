using System.Diagnostics;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit.Registries;
using Xunit;

namespace TransferEngine.Integration.Tests.Packages;

/// <summary>Packing and unpacking that end in the middle.</summary>
public sealed class KilledPackageTests : IAsyncLifetime
{
    private Releases _releases = null!;

    public async Task InitializeAsync() => _releases = await Releases.CreateAsync(images: 150);

    public async Task DisposeAsync() => await _releases.DisposeAsync();

    [Fact]
    public async Task Killed_pack_leaves_no_package_and_the_next_one_is_as_if_nothing_had_been()
    {
        await _releases.PackAsync("expected.tar");
        await using var source = await DockerRegistry.StartAsync(_releases.Job.SourceRoot);
        await using var proxy = new PausingProxy(source.Port);
        string[] arguments = ["pack", $"docker://127.0.0.1:{proxy.Port}", _releases.PathOf("killed.tar"), "--src-tls-verify", "false"];
        await using (var program = TransferProgram.Start(arguments))
        {
            var started = Stopwatch.GetTimestamp();
            while (!File.Exists(_releases.PathOf("killed.tar.partial")) && Stopwatch.GetElapsedTime(started) < TimeSpan.FromMinutes(1))
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
            // Requests get no further: it can't end before it is killed.
            proxy.Pause();
            program.Kill();
            (await program.EndAsync()).AssertExit(137);
        }
        Assert.True(File.Exists(_releases.PathOf("killed.tar.partial")));
        Assert.False(File.Exists(_releases.PathOf("killed.tar")));

        proxy.Resume();
        var packed = await TransferProgram.RunAsync(arguments);
        packed.AssertExit(0);
        Assert.Equal(await File.ReadAllBytesAsync(_releases.PathOf("expected.tar")), await File.ReadAllBytesAsync(_releases.PathOf("killed.tar")));
        Assert.False(File.Exists(_releases.PathOf("killed.tar.partial")));
    }

    [Fact]
    public async Task Killed_again_and_again_unpack_ends_complete()
    {
        await _releases.PackAsync("1.tar");
        for (var kill = 1; kill <= 4; kill++)
            await UnpackUntilAsync(images: 20);
        var last = await _releases.UnpackAsync("1.tar");
        last.AssertExit(0);
        await Comparison.HoldsAllTagsAsync(_releases.Job.Target.Host, _releases.First);
        Comparison.HoldsAllBlobs(_releases.Job.TargetRoot, _releases.First);
    }

    private async Task UnpackUntilAsync(int images)
    {
        var seen = 0;
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var program = TransferProgram.Start(_releases.Unpacking("1.tar", "--json", "--pushers", "2"), line =>
        {
            if (line.Contains("\"migrated\"", StringComparison.Ordinal) && line.Contains("\"image\"", StringComparison.Ordinal) && ++seen == images)
                reached.TrySetResult();
        });
        var ended = program.EndAsync();
        if (await Task.WhenAny(reached.Task, ended) == ended)
            Assert.Fail($"It ended after {seen} images, before it could be killed: {await ended}");
        program.Kill();
        (await ended).AssertExit(137);
    }
}
