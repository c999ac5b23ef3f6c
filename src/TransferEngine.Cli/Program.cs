using TransferEngine.Cli;

using var console = CliConsole.OfProcess();
using var interruption = new Interruption(console.Error, console.Quit);
interruption.ListenToSignals();
return await CommandLine.RunAsync(args, console, overrides: null, interruption.Token);
