using System.Runtime.InteropServices;

namespace TransferEngine.Cli;

/// <summary>
/// Ctrl-C (SIGINT) and SIGTERM. The first one asks the run to stop and to keep what it has; the second one ends the process.
/// </summary>
/// <param name="error">Where the user is told.</param>
/// <param name="quit">Ends the process with an exit code.</param>
internal sealed class Interruption(TextWriter error, Action<int> quit) : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _count;

    public CancellationToken Token => _stop.Token;

    public void ListenToSignals()
    {
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM })
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                Interrupt();
            }));
        }
    }

    public void Interrupt()
    {
        if (Interlocked.Increment(ref _count) > 1)
        {
            quit(ExitCode.Interrupted);
            return;
        }
        // The run first: the words wait for as long as somebody does not read what the run has written.
        _stop.Cancel();
        error.WriteLine("Stopping; a second Ctrl-C quits at once.");
    }

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _stop.Dispose();
    }
}
