using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using TransferEngine.Cli.Demo;
using TransferEngine.Cli.Reports;
using TransferEngine.Cli.Wording;
using TransferEngine.Hosting;
using TransferEngine.Images;
using TransferEngine.Service.Registry;
using TransferEngine.Persistence;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Cli.Commands;

/// <summary><c>transfer demo</c>: a whole migration for somebody who owns no registry yet.</summary>
internal sealed class DemoCommand
{
    private readonly Command _command = new("demo", "Makes a small storage tree, serves an empty registry in this process, migrates the one into the other, and verifies.");
    private readonly Argument<string?> _folder = new("FOLDER")
    {
        Description = "Folder to keep it all in, to look around afterwards. Default: a new temporary folder.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly CliHost _host;

    private DemoCommand(CliHost host)
    {
        _host = host;
        _command.Add(_folder);
    }

    public static Command Create(CliHost host)
    {
        var demo = new DemoCommand(host);
        demo._command.SetAction(demo.RunAsync);
        return demo._command;
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var folder = Path.GetFullPath(parse.GetValue(_folder) ?? Directory.CreateTempSubdirectory("transfer-demo-").FullName);
        var (source, target) = (Path.Join(folder, "source"), Path.Join(folder, "target"));
        if (Directory.Exists(source) || Directory.Exists(target))
            throw new UsageException($"{folder} holds a demonstration already: name another folder.");
        Say($"A company's registry, as its storage tree: {source}");
        using var made = RegistryTreeWriter.OpenOrCreate(source);
        var demo = new DemoTree(made);
        await demo.WriteAsync(cancellationToken);

        using var served = ServedTree.Open(target, isWritable: true);
        await using var server = await RegistryServer.StartAsync(served, new RegistryServerOptions { Listen = "127.0.0.1:0" }, log: null, cancellationToken);
        Say($"An empty registry, served by this process: {server.Address}");
        Say("");
        await using var services = BuildServices(Path.Join(folder, "state"));
        var exitCode = await MigrateAsync(services, source, $"docker://{server.Address.Authority}", cancellationToken);
        if (exitCode == ExitCode.Complete)
            WhatNext(source, target, demo.BytesNamed);
        return exitCode;
    }

    private ServiceProvider BuildServices(string stateFolder)
    {
        var services = new ServiceCollection();
        services.AddTransferEngine();
        services.Configure<JobStoreOptions>(options => options.StateDirectory = stateFolder);
        _host.Overrides?.Invoke(services);
        return services.BuildServiceProvider();
    }

    private async Task<int> MigrateAsync(ServiceProvider services, string sourcePath, string targetAddress, CancellationToken cancellationToken)
    {
        var engine = services.GetRequiredService<ITransferEngine>();
        var endpoints = services.GetRequiredService<IEndpoints>();
        var time = services.GetRequiredService<TimeProvider>();
        await using var source = endpoints.OpenSource(sourcePath);
        await using var target = endpoints.OpenTarget(targetAddress);
        var job = new MigrationJob(source, target);

        Say($"$ transfer migrate {sourcePath} {targetAddress}");
        var report = await new ObservedRun(_host.Console, job, time, "migration", reportPath: null, json: false)
            .RunAsync(observer => engine.MigrateAsync(job, observer, cancellationToken), ResultForms.Migration("transfer demo"));
        if (ExitCode.Of(report) is not ExitCode.Complete and var exitCode)
            return exitCode;
        Say("");
        Say($"$ transfer verify {sourcePath} {targetAddress}");
        return ExitCode.Of(await new ObservedRun(_host.Console, job, time, "verification", reportPath: null, json: false)
            .RunAsync(observer => engine.VerifyAsync(job, observer, cancellationToken), ResultForms.Verification()));
    }

    private void WhatNext(string source, string target, long bytesNamed)
    {
        Say("");
        Say($"Pulled and pushed image by image, all that the manifests name would have moved: {ByteText.Of(bytesNamed)}.");
        Say("To look further:");
        Say($"  transfer list {source}");
        Say($"  transfer serve {target}");
        Say($"  transfer plan {source} docker://localhost:5000      (while it is served)");
    }

    private void Say(string line)
    {
        _host.Console.Out.WriteLine(Printable.Whole(line));
        _host.Console.Out.Flush();
    }
}
