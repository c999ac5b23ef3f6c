using System.Text;

namespace TransferEngine.Cli;

/// <summary>Where the command line reads and writes: results to <see cref="Out"/>, progress and complaints to <see cref="Error"/>.</summary>
internal sealed class CliConsole(TextWriter output, TextWriter error, TextReader input, bool isErrorTerminal, Func<string?>? readHidden = null) : IDisposable
{
    /// <summary>Buffered: whoever writes something that is waited for flushes it.</summary>
    public TextWriter Out { get; } = TextWriter.Synchronized(output);

    public TextWriter Error { get; } = TextWriter.Synchronized(error);

    public TextReader In { get; } = input;

    /// <summary>True if somebody watches <see cref="Error"/> on a terminal that can be redrawn.</summary>
    public bool IsErrorTerminal { get; } = isErrorTerminal;

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
        if (readHidden is null)
            return null;
        Error.Write(question);
        return In.ReadLine();
    }

    /// <summary>The same for what must not be seen on the screen.</summary>
    public string? AskHidden(string question)
    {
        if (readHidden is null)
            return null;
        Error.Write(question);
        var answer = readHidden();
        Error.WriteLine();
        return answer;
    }

    /// <summary>Ends the process at once. A live display may have hidden the terminal's cursor.</summary>
    public void Quit(int exitCode)
    {
        if (IsErrorTerminal)
            Error.Write("\e[?25h");
        Environment.Exit(exitCode);
    }

    public void Dispose() => Out.Flush();
}
