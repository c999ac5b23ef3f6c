// Embeds the engine into a host that has an actor system of its own: moves one storage tree into three others by three jobs at once, cancels the
// named one when its first image is there, and reads metrics and health.  Sample TREE FOLDER one|two|three|none [--transfer-engine:pushers=4]
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using TransferEngine;
using TransferEngine.AkkaHosting.Sample;
using TransferEngine.Hosting;

var (tree, folder, cancelled) = (args[0], args[1], args[2]);
var builder = Host.CreateApplicationBuilder(args[3..]);
builder.Services.AddTransferEngine(builder.Configuration);
builder.Services.AddHealthChecks().AddTransferEngine();
builder.Services.AddAkka("warehouse", (akka, services) => akka
    .ConfigureLoggers(loggers =>
    {
        loggers.ClearLoggers();
        loggers.AddLoggerFactory();
    })
    .WithTransferEngine(services));
using var host = builder.Build();
using var metrics = new ImageCounts();
await host.StartAsync();

var reports = await Task.WhenAll(new[] { "one", "two", "three" }.Select(RunAsync));
foreach (var report in reports)
    Console.WriteLine($"{report.Job}: {(report.IsComplete ? "completed" : report.IsInterrupted ? "interrupted" : report.Fatal?.ToString() ?? "failed")}");
foreach (var (job, images) in metrics.Read())
    Console.WriteLine($"metrics: {job}, {images} images");
var health = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
foreach (var (name, entry) in health.Entries)
    Console.WriteLine($"health: {name}, {entry.Status}, {entry.Description}");
Console.WriteLine($"actor system: {host.Services.GetRequiredService<IActorSystemProvider>().Current?.Name}");
await host.StopAsync();
return reports.All(report => report.IsComplete) ? 0 : 1;

async Task<MigrationReport> RunAsync(string job)
{
    var endpoints = host.Services.GetRequiredService<IEndpoints>();
    await using var source = endpoints.OpenSource(tree);
    await using var target = endpoints.OpenTarget($"registry-tree:{Path.Combine(folder, job)}");
    var stopping = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
    using var stop = CancellationTokenSource.CreateLinkedTokenSource(stopping);
    var engine = host.Services.GetRequiredService<ITransferEngine>();
    return await engine.MigrateAsync(new MigrationJob(source, target) { Name = job }, new FirstImage(() =>
    {
        if (job == cancelled)
            stop.Cancel();
    }), stop.Token);
}
