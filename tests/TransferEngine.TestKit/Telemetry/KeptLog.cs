using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace TransferEngine.TestKit.Telemetry;

/// <summary>One event of a log.</summary>
public sealed record LogEntry(string Category, LogLevel Level, EventId Event, string Text, Exception? Exception);

/// <summary>Keeps all that is logged, whatever its level.</summary>
public sealed class KeptLog : ILoggerFactory
{
    private readonly ConcurrentQueue<LogEntry> _entries = new();

    public IReadOnlyList<LogEntry> Entries => [.. _entries];

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }

    private sealed class Logger(KeptLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log._entries.Enqueue(new LogEntry(category, logLevel, eventId, formatter(state, exception), exception));
    }
}
