using TransferEngine.Hosting.Spooled;
using TransferEngine.Images;
using TransferEngine.Storage.DockerArchives;

namespace TransferEngine.Hosting;

/// <summary>One image of this user's podman, buildah or CRI-O, read by <c>skopeo</c>.</summary>
internal sealed class ContainersStorageScheme : ISourceScheme
{
    public string Scheme => "containers-storage";

    public string Form => "containers-storage:NAME:TAG";

    public IImageSource OpenSource(string rest, EndpointSettings settings) => SavedName.TryParse(rest, out _)
        ? new SpooledSource(new SkopeoSaver(Environment.GetEnvironmentVariable), Scheme + ":" + rest, rest)
        : throw Endpoints.Invalid($"'{Printable.Of(rest)}' is not the name of an image with its tag.", $"Write {Form}.");
}
