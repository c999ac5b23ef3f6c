using Microsoft.Extensions.Logging;
using TransferEngine.Images;

namespace TransferEngine.Cli;

/// <summary>Log lines as a person at a terminal reads them: the text, and nothing of categories or events.</summary>
internal sealed class StderrLog : ILoggerProvider
{
    private readonly TextWriter _output;

    private StderrLog(TextWriter output) => _output = output;

    public static ILoggerFactory Create(TextWriter output, LogLevel level) => LoggerFactory.Create(logging =>
    {
        logging.SetMinimumLevel(LogLevel.Warning).AddFilter("TransferEngine", level);
        logging.AddProvider(new StderrLog(output));
    });

    public ILogger CreateLogger(string categoryName) => new Line(_output);

    public void Dispose()
    {
    }

    private sealed class Line(TextWriter output) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            output.WriteLine(Printable.Whole(formatter(state, exception)));
    }
}
