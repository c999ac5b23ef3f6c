using System.CommandLine;
using System.Net;
using Microsoft.Extensions.Logging;
using TransferEngine.Cli.Options;
using TransferEngine.Images;
using TransferEngine.Service.Registry;

namespace TransferEngine.Cli.Commands;

/// <summary><c>transfer serve</c>: a storage tree, or a tar of one, as a registry to pull from.</summary>
internal static class ServeCommand
{
    public static Command Create(CliHost host)
    {
        var command = new Command("serve", "Serves a storage tree, or a plain tar of one, as a registry, until Ctrl-C.");
        var tree = new Argument<string>("TREE") { Description = "Folder or tar file: registry-tree:PATH, registry-tar:FILE, or a path alone." };
        var listen = OptionFactory.Value<string?>("--listen", "ADDR", "Address to listen on, IP:PORT; 0.0.0.0:PORT for all, port 0 for a free one.", "127.0.0.1:5000");
        var writable = OptionFactory.Flag("--writable", "Take pushes and deletions too; makes the tree if there is none.");
        var certificate = OptionFactory.Value<string?>("--tls-cert", "FILE", "PEM file of the server's certificate: serve by HTTPS.", "plain HTTP");
        var key = OptionFactory.Value<string?>("--tls-key", "FILE", "PEM file of the certificate's key.", "in the certificate's file");
        var users = OptionFactory.Value<string?>("--htpasswd", "FILE", "Users who are let in: an htpasswd file with bcrypt entries (htpasswd -B).", "everybody");
        var accessLog = OptionFactory.Flag("--access-log", "Write a line for each request to stderr.");
        command.Add(tree);
        foreach (var option in new Option[] { listen, writable, certificate, key, users, accessLog })
            command.Add(option);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var standard = new RegistryServerOptions();
            var options = standard with
            {
                Listen = parse.GetValue(listen) ?? standard.Listen,
                CertificatePath = parse.GetValue(certificate),
                KeyPath = parse.GetValue(key),
                HtpasswdPath = parse.GetValue(users),
            };
            using var served = ServedTree.Open(parse.GetRequiredValue(tree), parse.GetValue(writable));
            using var log = StderrLog.Create(host.Console.Error, parse.GetValue(accessLog) ? LogLevel.Information : LogLevel.Warning);
            await using var server = await RegistryServer.StartAsync(served, options, log, cancellationToken);
            Announce(host.Console, served, server, options);
            await Stopped(cancellationToken);
            return ExitCode.Complete;
        });
        return command;
    }

    private static void Announce(CliConsole console, ServedTree served, RegistryServer server, RegistryServerOptions options)
    {
        console.Out.WriteLine($"Serving {Printable.Whole(served.View.Endpoint)} ({(served.Writer is null ? "read-only" : "writable")}) at {server.Address}");
        console.Out.Flush();
        if (served.View.Damage is { } damage)
            console.Error.WriteLine($"{damage} What is whole is served.");
        if (options.HtpasswdPath is null && !IPAddress.IsLoopback(IPAddress.Parse(server.Address.DnsSafeHost)))
            console.Error.WriteLine($"Everybody who reaches this address may pull{(served.Writer is null ? "" : ", push and delete")}: --htpasswd lets in only whom you name.");
        console.Error.WriteLine($"docker pull {server.Address.Authority}/REPOSITORY:TAG pulls from it. Ctrl-C stops.");
    }

    private static async Task Stopped(CancellationToken cancellationToken)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = cancellationToken.Register(stopped.SetResult);
        await stopped.Task;
    }
}
