using TransferEngine.Images;
using TransferEngine.Storage;
using TransferEngine.Storage.DockerArchives;

namespace TransferEngine.Hosting;

/// <summary>
/// The tar that <c>docker save</c> writes and <c>docker load</c> reads. A colon belongs to the file's path as far as that exists
/// (<see cref="NamedPath"/>); the next one begins an image's name.
/// </summary>
internal sealed class DockerArchiveScheme : ISourceScheme, ITargetScheme
{
    private const string File = "docker-archive:FILE";

    public string Scheme => "docker-archive";

    public string Form => File + "[:NAME:TAG]";

    public IImageSource OpenSource(string rest, EndpointSettings settings)
    {
        RequireFile(rest);
        var (path, name) = NamedPath.Parse(rest);
        RequireFile(path);
        return DockerArchiveSource.Open(path, name);
    }

    public IImageTarget OpenTarget(string rest, EndpointSettings settings)
    {
        RequireFile(rest);
        return NamedPath.Parse(rest) is { Name: not null }
            ? throw Endpoints.Invalid("The address of an archive to write names an image.", $"Write {File}: images keep their names, and --map gives them others.")
            : DockerArchiveTarget.Create(rest);
    }

    private static void RequireFile(string rest)
    {
        if (rest.Length == 0)
            throw Endpoints.Invalid("The address names no file.", $"Write {File}.");
    }
}
