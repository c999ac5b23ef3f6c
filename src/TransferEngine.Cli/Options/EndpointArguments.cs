using System.CommandLine;

namespace TransferEngine.Cli.Options;

/// <summary>The two addresses that most commands take.</summary>
internal static class EndpointArguments
{
    public static Argument<string> Source() => new("SOURCE")
    {
        Description = "Where the images are: docker://host[:port][/prefix], harbor://host[:port][/project[/prefix]], registry-tree:PATH, registry-tar:FILE (or a path alone that is either), dir:PATH, oci:PATH, oci-archive:FILE, docker-archive:FILE, docker-daemon:[NAME:TAG] or containers-storage:NAME:TAG.",
    };

    public static Argument<string> Target() => new("TARGET")
    {
        Description = "Where they shall be: docker://host[:port][/prefix], harbor://host[:port][/project[/prefix]], registry-tree:PATH, registry-tar:FILE, dir:PATH, oci:PATH, oci-archive:FILE, docker-archive:FILE or docker-daemon:.",
    };
}
