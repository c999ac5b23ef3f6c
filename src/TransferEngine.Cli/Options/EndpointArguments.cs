using System.CommandLine;

namespace TransferEngine.Cli.Options;

/// <summary>The two addresses that most commands take.</summary>
internal static class EndpointArguments
{
    public static Argument<string> Source() => new("SOURCE")
    {
        Description = "Where the images are: registry-tree:PATH, a path in which docker/registry/v2 is found, or docker://host[:port][/prefix].",
    };

    public static Argument<string> Target() => new("TARGET")
    {
        Description = "Where they shall be: docker://host[:port][/prefix].",
    };
}
