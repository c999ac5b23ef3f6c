using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using TransferEngine.Hocon;
using TransferEngine.Hosting;
using TransferEngine.Images;

namespace TransferEngine.Integration.Tests.Faults;

/// <summary>The engine in this process, put together as its own command line does it.</summary>
internal sealed class EngineRun : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    /// <param name="settings">The text of a configuration file.</param>
    /// <param name="state">Where journals are kept.</param>
    public EngineRun(string settings, string state)
    {
        var configuration = new ConfigurationBuilder().AddHocon($"{settings}\ntransfer-engine.journal.state-directory = \"{state}\"").Build();
        _services = new ServiceCollection().AddTransferEngine(configuration).BuildServiceProvider();
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    public Task<RunOutcome> MigrateAsync(string source, string target, CancellationToken cancellationToken) => UseAsync(source, target, async (engine, job) =>
    {
        var observer = new Observer();
        try
        {
            var report = await engine.MigrateAsync(job, observer, cancellationToken);
            return observer.Outcome(report.IsComplete, report.Fatal ?? report.Damage, report.IsInterrupted);
        }
        catch (TransferException e)
        {
            return observer.Outcome(isComplete: false, e.Error, isInterrupted: false);
        }
    });

    public Task<RunOutcome> VerifyAsync(string source, string target, CancellationToken cancellationToken) => UseAsync(source, target, async (engine, job) =>
    {
        var observer = new Observer();
        var report = await engine.VerifyAsync(job, observer, cancellationToken);
        return observer.Outcome(report.IsComplete, report.Damage, isInterrupted: false);
    });

    private async Task<RunOutcome> UseAsync(string source, string target, Func<ITransferEngine, MigrationJob, Task<RunOutcome>> use)
    {
        var endpoints = _services.GetRequiredService<IEndpoints>();
        await using var opened = endpoints.OpenTarget(target, EndpointSettings.Default with { IsAnonymous = true });
        try
        {
            await using var from = endpoints.OpenSource(source, EndpointSettings.Default with { IsAnonymous = true });
            return await use(_services.GetRequiredService<ITransferEngine>(), new MigrationJob(from, opened));
        }
        catch (TransferException e)
        {
            return new Observer().Outcome(isComplete: false, e.Error, isInterrupted: false);
        }
    }

    private sealed class Observer : IMigrationObserver
    {
        private readonly ConcurrentQueue<ImageResult> _results = new();

        public void OnStarted(IMigrationProgress progress)
        {
        }

        public void OnImage(ImageResult result) => _results.Enqueue(result);

        public RunOutcome Outcome(bool isComplete, TransferError? error, bool isInterrupted)
        {
            // An image that is told twice is an error of its own: ToDictionary throws.
            var images = _results.ToDictionary(result => $"{result.Repository}:{result.Name}", result => new SaidImage(
                result.Outcome is ImageOutcome.Migrated or ImageOutcome.AlreadyThere, result.Digest, $"{result.Outcome} {result.Error}"), StringComparer.Ordinal);
            var text = $"complete: {isComplete}, {error}\n    {string.Join("\n    ", images.Select(image => $"{image.Key}: {image.Value.Text}"))}";
            return new RunOutcome(images, isComplete, error is not null || isInterrupted, text);
        }
    }
}
