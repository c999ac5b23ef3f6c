using Akka.Actor.Setup;
using Akka.Dispatch;
using Akka.Event;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TransferEngine.Images;
using TransferEngine.Telemetry;

namespace TransferEngine.Running;

/// <summary>Hands an actor system the log that its own events go to: dead letters, restarts, the stack trace of a failed actor.</summary>
/// <param name="log">The engine's.</param>
public sealed class AkkaLogSetup(ILogger log) : Setup
{
    internal ILogger Log { get; } = log;

    /// <summary>What the system's configuration says of logging: nothing is lost to standard output, where results go.</summary>
    public string Configuration => $$"""
        akka {
          loggers = ["{{typeof(AkkaLog).FullName}}, {{typeof(AkkaLog).Assembly.GetName().Name}}"]
          logger-startup-timeout = 1 m
          loglevel = {{(Log.IsEnabled(Microsoft.Extensions.Logging.LogLevel.Debug) ? "DEBUG" : Log.IsEnabled(Microsoft.Extensions.Logging.LogLevel.Error) ? "WARNING" : "OFF")}}
          stdout-loglevel = OFF
          stdout-logger-class = "{{typeof(SilentLogger).FullName}}, {{typeof(SilentLogger).Assembly.GetName().Name}}"
          log-dead-letters-during-shutdown = off
        }
        """;
}

/// <summary>Akka.NET's log as <see cref="ILogger"/> events. Made by the actor system, by name.</summary>
internal sealed class AkkaLog : UntypedActor, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    private readonly ILogger _log = Context.System.Settings.Setup.Get<AkkaLogSetup>() is { HasValue: true } setup ? setup.Value.Log : NullLogger.Instance;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case InitializeLogger:
                Sender.Tell(new LoggerInitialized());
                break;
            case Error error:
                TransferLog.ActorSystemError(_log, error.Cause, error.LogSource, TextOf(error));
                break;
            case Warning warning:
                TransferLog.ActorSystemWarning(_log, warning.Cause, warning.LogSource, TextOf(warning));
                break;
            case LogEvent other:
                TransferLog.ActorSystemNews(_log, other.Cause, other.LogSource, TextOf(other));
                break;
        }
    }

    private static string TextOf(LogEvent log) => Printable.Whole(log.Message?.ToString() ?? "");
}

/// <summary>Takes the place of the logger that speaks while a system begins and ends, to standard output and whatever its level is.</summary>
internal sealed class SilentLogger : MinimalLogger
{
    protected override void Log(object message)
    {
    }
}
