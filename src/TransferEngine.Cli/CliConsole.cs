using System.Text;
using TransferEngine.Images;

namespace TransferEngine.Cli;

/// <summary>
/// Where the command line reads and writes: results to <see cref="Out"/>, progress and complaints to <see cref="Error"/>. Neither stops
/// a command when it can't be written; <see cref="Close"/> says so at the end.
/// </summary>
internal sealed class CliConsole : IDisposable
{
    private readonly EnduringWriter _out;
    private readonly Func<string?>? _readHidden;
    private volatile bool _hasLost;

    public CliConsole(TextWriter output, TextWriter error, TextReader input, bool isErrorTerminal, Func<string?>? readHidden = null)
    {
        _out = new EnduringWriter(output);
        _readHidden = readHidden;
        Out = new PrintableWriter(TextWriter.Synchronized(_out));
        Terminal = TextWriter.Synchronized(new EnduringWriter(error));
        Error = new PrintableWriter(Terminal);
        In = input;
        IsErrorTerminal = isErrorTerminal;
    }

    /// <summary>Buffered: whoever writes something that is waited for flushes it.</summary>
    public TextWriter Out { get; }

    public TextWriter Error { get; }

    /// <summary><see cref="Error"/> for a display that steers the terminal itself, and answers for all that it shows.</summary>
    public TextWriter Terminal { get; }

    public TextReader In { get; }

    /// <summary>True if somebody watches <see cref="Error"/> on a terminal that can be redrawn.</summary>
    public bool IsErrorTerminal { get; }

    public static CliConsole OfProcess()
    {
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        return new CliConsole(
            new StreamWriter(Console.OpenStandardOutput(), utf8, 32 * 1024),
            new StreamWriter(Console.OpenStandardError(), utf8, 4 * 1024) { AutoFlush = true },
            Console.In,
            !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb"),
            Console.IsInputRedirected ? null : HiddenInput.ReadLine);
    }

    /// <summary>Asks whoever sits at the terminal; null if nobody does.</summary>
    public string? Ask(string question)
    {
        if (_readHidden is null)
            return null;
        Error.Write(question);
        return In.ReadLine();
    }

    /// <summary>The same for what must not be seen on the screen.</summary>
    public string? AskHidden(string question)
    {
        if (_readHidden is null)
            return null;
        Error.Write(question);
        var answer = _readHidden();
        Error.WriteLine();
        return answer;
    }

    /// <summary>Something that was asked for can't be written. The command goes on, and ends with an exit code other than 0.</summary>
    public void Lose(TransferError error)
    {
        _hasLost = true;
        Error.WriteLine($"transfer: {error}");
    }

    /// <summary>Writes what is left, and says if part of the output is missing.</summary>
    /// <param name="exitCode">What the command itself came to.</param>
    /// <returns>The same; of a success whose result could not be written, <see cref="ExitCode.Unusable"/>.</returns>
    public int Close(int exitCode)
    {
        Out.Flush();
        if (_out.Failure is { } failure)
        {
            Lose(new TransferError(ErrorCode.ReportFailed, $"Standard output could not be written, so that part of it is missing: {Printable.Of(failure.Message)}")
            { Scope = ErrorScope.Endpoint });
        }
        return exitCode == ExitCode.Complete && _hasLost ? ExitCode.Unusable : exitCode;
    }

    /// <summary>Ends the process at once. A live display may have hidden the terminal's cursor.</summary>
    public void Quit(int exitCode)
    {
        if (IsErrorTerminal)
            Terminal.Write("\e[?25h");
        Environment.Exit(exitCode);
    }

    public void Dispose() => Out.Flush();
}
