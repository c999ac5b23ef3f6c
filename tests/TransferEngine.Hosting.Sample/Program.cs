// Embeds the engine: moves a storage tree into a registry.  Sample PATH docker://host:port [--transfer-engine:pushers=4]
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TransferEngine;
using TransferEngine.Hosting;

var builder = Host.CreateApplicationBuilder(args[2..]);
builder.Services.AddTransferEngine(builder.Configuration);
using var host = builder.Build();
await host.StartAsync();

var endpoints = host.Services.GetRequiredService<IEndpoints>();
await using var source = endpoints.OpenSource(args[0]);
await using var target = endpoints.OpenTarget(args[1]);

var stopping = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
var engine = host.Services.GetRequiredService<ITransferEngine>();
var report = await engine.MigrateAsync(new MigrationJob(source, target), new Failures(), stopping);

Console.WriteLine($"{report.Totals.Migrated} migrated, {report.Totals.AlreadyThere} already there, {report.Totals.Failed} failed");
await host.StopAsync();
return report.IsComplete ? 0 : 1;

internal sealed class Failures : IMigrationObserver
{
    public void OnStarted(IMigrationProgress progress) => Console.WriteLine("started");

    public void OnImage(ImageResult result)
    {
        if (result.Outcome == ImageOutcome.Failed)
            Console.Error.WriteLine($"{result.Display}: {result.Error}");
    }
}
