using TransferEngine.Hosting.Spooled;
using TransferEngine.Images;
using TransferEngine.Registry.Daemon;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Conformance;
using TransferEngine.TestKit.Docker;

namespace TransferEngine.Hosting.Tests.Conformance;

/// <summary>The images of a docker daemon, by the double of its API.</summary>
[Conforms<SpooledSource>]
public sealed class DaemonSourceConformance : SourceConformance
{
    private readonly TemporaryFolder _folder = new();
    private int _daemons;

    protected override async Task<IImageSource> OpenAsync(ImageSet set)
    {
        var daemon = Keep(await DockerDaemonDouble.StartAsync(_folder.Of($"{++_daemons}.sock")));
        using (var archive = File.OpenRead(set.WriteSaved(_folder.Of($"{_daemons}.tar"))))
            daemon.Images.Load(archive);
        return new SpooledSource(new DaemonSaver(DaemonEndpoint.Of(name => name == "DOCKER_HOST" ? daemon.Host : null)), "docker-daemon:", reference: null);
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>A docker daemon that loads: what it has afterwards is nobody's to ask for, so each run begins with nothing.</summary>
[Conforms<DockerDaemonTarget>]
public sealed class DaemonTargetConformance : TargetConformance
{
    private readonly TemporaryFolder _folder = new();
    private DockerDaemonDouble? _daemon;

    protected override TargetLimits Limits => TargetLimits.SharesContents | TargetLimits.ForgetsReplaced | TargetLimits.IsWriteOnly;

    protected override async Task<IImageTarget> OpenAsync()
    {
        _daemon ??= await DockerDaemonDouble.StartAsync(_folder.Of("d.sock"));
        return new DockerDaemonTarget(DaemonEndpoint.Of(name => name == "DOCKER_HOST" ? _daemon.Host : null));
    }

    protected override async Task CloseAsync()
    {
        await _daemon!.DisposeAsync();
        _folder.Dispose();
    }
}
