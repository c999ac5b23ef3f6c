using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TransferEngine.Images;
using TransferEngine.Running;

namespace TransferEngine.Persistence;

/// <summary>The process's own actor system, on the state database: made when it is asked for the first time, ended with this object.</summary>
public sealed class SqlActorSystem : IActorSystemProvider, IAsyncDisposable, IDisposable
{
    private readonly SqlPlugins _plugins;
    private readonly AkkaLogSetup _log;
    private readonly string _settings;
    private readonly Lock _lock = new();
    private volatile ActorSystem? _system;

    /// <param name="options">Where the state is.</param>
    /// <param name="loggers">Where the system's own log goes; null for nowhere.</param>
    public SqlActorSystem(JobStoreOptions options, ILoggerFactory? loggers = null)
        : this(new SqlPlugins(options), loggers)
    {
    }

    /// <param name="plugins">What the system gets.</param>
    /// <param name="loggers">Where the system's own log goes; null for nowhere.</param>
    /// <param name="settings">HOCON that stands before what the engine itself sets, in words that Akka.NET's parser reads: no substitution, no include.</param>
    public SqlActorSystem(SqlPlugins plugins, ILoggerFactory? loggers = null, string settings = "")
    {
        _plugins = plugins;
        _settings = settings;
        _log = new AkkaLogSetup(loggers?.CreateLogger(TransferTelemetry.LogCategory) ?? NullLogger.Instance);
    }

    /// <inheritdoc/>
    public ActorSystem? Current => _system;

    /// <inheritdoc/>
    public async ValueTask<ActorSystem> GetAsync(CancellationToken cancellationToken)
    {
        await _plugins.PrepareAsync(cancellationToken);
        lock (_lock)
            return _system ??= Start();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_system is { } system)
            await system.Terminate();
    }

    /// <summary>As <see cref="DisposeAsync"/>, for containers that are not disposed of asynchronously: blocks until all jobs are stopped.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    // The process ends it, by disposing of this: no hook and no phases that wait for a cluster that is not there.
    private ActorSystem Start()
    {
        var configuration = ConfigurationFactory.ParseString(_settings)
            .WithFallback(ConfigurationFactory.ParseString("akka { scheduler.tick-duration = 50 ms, coordinated-shutdown { run-by-clr-shutdown-hook = off, run-by-actor-system-terminate = off } }"))
            .WithFallback(ConfigurationFactory.ParseString(_log.Configuration)).WithFallback(_plugins.Configuration);
        InterpretedQueries.ApplyIfAsked();
        try
        {
            return ActorSystem.Create("transfer-engine", ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(configuration), _plugins.Setup, _log));
        }
        // Thrown by whatever part reads its settings, and wrapped where that is made by reflection.
        catch (Exception e) when (_settings.Length > 0 && e.GetBaseException() is ConfigurationException or FormatException or ArgumentException or TypeLoadException)
        {
            throw new TransferException(new TransferError(ErrorCode.ConfigurationInvalid, $"The section akka can't be used: {Printable.Of(e.GetBaseException().Message)}")
            { Scope = ErrorScope.Endpoint, Hint = "See hocon/transfer-engine.conf for what the engine sets, and Akka.NET's documentation for all else." }, e);
        }
    }
}
