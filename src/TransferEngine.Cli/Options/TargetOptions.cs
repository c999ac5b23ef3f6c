using System.CommandLine;

namespace TransferEngine.Cli.Options;

/// <summary>How the target is spoken to.</summary>
internal sealed class TargetOptions(Command command, RegistryAccessOptions shared) : EndpointOptions("dest", "target", command, shared);
