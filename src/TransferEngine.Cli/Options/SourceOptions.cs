using System.CommandLine;

namespace TransferEngine.Cli.Options;

/// <summary>How the source is spoken to, where it is a registry.</summary>
internal sealed class SourceOptions(Command command, RegistryAccessOptions shared) : EndpointOptions("src", "source", command, shared);
