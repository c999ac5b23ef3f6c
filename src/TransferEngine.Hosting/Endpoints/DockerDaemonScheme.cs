using TransferEngine.Hosting.Spooled;
using TransferEngine.Images;
using TransferEngine.Registry.Daemon;
using TransferEngine.Storage.DockerArchives;

namespace TransferEngine.Hosting;

/// <summary>The docker daemon of <c>DOCKER_HOST</c>, or of this machine.</summary>
internal sealed class DockerDaemonScheme : ISourceScheme, ITargetScheme
{
    public string Scheme => "docker-daemon";

    public string Form => "docker-daemon:[NAME:TAG]";

    public IImageSource OpenSource(string rest, EndpointSettings settings)
    {
        if (rest.Length > 0 && !SavedName.TryParse(rest, out _))
            throw Endpoints.Invalid($"'{Printable.Of(rest)}' is not the name of an image with its tag.", $"Write {Form}; without a name it means all that have one.");
        var endpoint = DaemonEndpoint.Of(Environment.GetEnvironmentVariable);
        return new SpooledSource(new DaemonSaver(endpoint), $"docker-daemon:{rest} at {endpoint.Text}", rest.Length == 0 ? null : rest);
    }

    public IImageTarget OpenTarget(string rest, EndpointSettings settings) => rest.Length == 0
        ? new DockerDaemonTarget(DaemonEndpoint.Of(Environment.GetEnvironmentVariable))
        : throw Endpoints.Invalid("The address of a docker daemon as target names an image.", "Write docker-daemon: alone: images keep their names, and --map gives them others.");
}
