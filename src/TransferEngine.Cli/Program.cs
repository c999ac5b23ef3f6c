namespace TransferEngine.Cli;

internal static class Program
{
    private static Task<int> Main(string[] args)
    {
        DebuggerPipes.Remove();
        return OpenFileLimit.Suffices() ? RunAsync(args) : Task.FromResult(ExitCode.Unusable);
    }

    private static async Task<int> RunAsync(string[] args)
    {
        using var console = CliConsole.OfProcess();
        using var interruption = new Interruption(console.Error, console.Quit);
        interruption.ListenToSignals();
        return await CommandLine.RunAsync(args, console, overrides: null, interruption.Token);
    }
}
