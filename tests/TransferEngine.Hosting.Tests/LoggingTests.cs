using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TransferEngine.Images;
using TransferEngine.Registry;
using TransferEngine.Persistence;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Memory;
using TransferEngine.TestKit.Telemetry;
using Xunit;

namespace TransferEngine.Hosting.Tests;

/// <summary>The engine and its endpoints log to what the container has.</summary>
public sealed class LoggingTests : IDisposable
{
    // From here on it is Akka.NET that speaks.
    private const int AkkaNet = 1910;

    private readonly TemporaryFolder _folder = new();
    private readonly KeptLog _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_job_logs_to_the_container_s_log()
    {
        await using var services = Build();
        var source = new MemorySource();
        source.AddImage("a", "v1", "one");
        var report = await services.GetRequiredService<ITransferEngine>().MigrateAsync(
            new MigrationJob(source, new MemoryTarget()), NullObserver.Instance, CancellationToken.None);
        Assert.True(report.IsComplete);
        var engine = _log.Entries.Where(entry => entry.Category == TransferTelemetry.LogCategory).ToLookup(entry => entry.Event.Id >= AkkaNet, entry => entry);
        Assert.Equal([1000, 1001], engine[false].Select(entry => entry.Event.Id));
        Assert.All(engine[true], entry => Assert.Equal(LogLevel.Debug, entry.Level));
    }

    [Theory]
    [InlineData("docker://127.0.0.1:1")]
    [InlineData("harbor://127.0.0.1:1")]
    public async Task An_endpoint_logs_there_too(string address)
    {
        await using var services = Build();
        await using var target = services.GetRequiredService<IEndpoints>().OpenTarget(address);
        await Assert.ThrowsAsync<TransferException>(() => target.CheckAsync(CancellationToken.None));
        Assert.Contains(_log.Entries, entry => entry is { Category: "TransferEngine.Registry", Event.Id: 2000 });
    }

    private ServiceProvider Build()
    {
        var services = new ServiceCollection().AddTransferEngine();
        services.AddSingleton<ILoggerFactory>(_log);
        services.Configure<JobStoreOptions>(options => options.StateDirectory = _folder.Of("state"));
        services.Configure<RegistryOptions>(options => (options.RetryTimes, options.RetryDelay) = (1, TimeSpan.Zero));
        return services.BuildServiceProvider();
    }
}
