using TransferEngine.Images;
using TransferEngine.Storage.DockerArchives;

namespace TransferEngine.Hosting;

/// <summary>The tar that <c>docker save</c> writes and <c>docker load</c> reads.</summary>
internal sealed class DockerArchiveScheme : ISourceScheme, ITargetScheme
{
    private const string File = "docker-archive:FILE";

    public string Scheme => "docker-archive";

    public string Form => File + "[:NAME:TAG]";

    public IImageSource OpenSource(string rest, EndpointSettings settings)
    {
        RequireFile(rest);
        // A file may have a colon in its name; if there is none of the whole name, the first colon ends it, as for skopeo.
        var colon = rest.IndexOf(':', StringComparison.Ordinal);
        return colon <= 0 || System.IO.File.Exists(rest)
            ? DockerArchiveSource.Open(rest)
            : DockerArchiveSource.Open(rest[..colon], rest[(colon + 1)..]);
    }

    public IImageTarget OpenTarget(string rest, EndpointSettings settings)
    {
        RequireFile(rest);
        return rest.Contains(':', StringComparison.Ordinal)
            ? throw Endpoints.Invalid("The address of an archive to write names an image.", $"Write {File}: images keep their names, and --map gives them others.")
            : DockerArchiveTarget.Create(rest);
    }

    private static void RequireFile(string rest)
    {
        if (rest.Length == 0)
            throw Endpoints.Invalid("The address names no file.", $"Write {File}.");
    }
}
