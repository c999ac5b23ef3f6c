using Microsoft.Extensions.DependencyInjection;

namespace TransferEngine.Cli;

/// <summary>What all commands run in.</summary>
/// <param name="Console">Where they read and write.</param>
/// <param name="Overrides">Replaces services; for embedding the command line, and for tests.</param>
internal sealed record CliHost(CliConsole Console, Action<IServiceCollection>? Overrides);
