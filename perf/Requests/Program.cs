using System.Diagnostics;
using System.Globalization;
using TransferEngine.Perf.Requests;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Harbor;
using TransferEngine.TestKit.Registries;
using TransferEngine.TestKit.Trees;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is not [var program])
{
    Console.Error.WriteLine("usage: perf-requests TRANSFER    counts the requests of `TRANSFER migrate` at each kind of target, and at a registry as source");
    return 2;
}

const string User = "mover", Password = "carry-on", Both = $"{User}:{Password}";
using var folder = new TemporaryFolder(inMemory: true);
var tree = SampleTree.Build(folder.Of("tree"));
var rows = new List<(string Name, IReadOnlyList<Counted> Requests)>();

await using (var target = await DockerRegistry.StartAsync(folder.Of("plain")))
    rows.Add(("docker-registry", await CountAsync(target, tree.Root)));

await using (var tokens = await TokenServer.StartAsync(User, Password))
{
    await File.WriteAllTextAsync(folder.Of("signer.pem"), tokens.CertificatePem);
    await using var target = await DockerRegistry.StartAsync(folder.Of("token"), new DockerRegistryOptions { TokenServer = tokens, TokenCertificateFile = folder.Of("signer.pem") });
    var requests = await CountAsync(target, tree.Root, "--dest-creds", Both);
    rows.Add(("docker-registry with tokens", [.. requests, .. Enumerable.Repeat(new Counted("GET", "/token", ""), tokens.Answered)]));
}

foreach (var version in new[] { HarborVersion.V29, HarborVersion.V215 })
{
    await using var harbor = await HarborDouble.StartAsync(folder.Of($"{version}"), new HarborDoubleOptions { Version = version });
    await RunAsync(tree.Root, $"harbor://{harbor.Host}", "--dest-creds", "admin:Harbor12345");
    rows.Add(($"Harbor {(version == HarborVersion.V29 ? "2.9" : "2.15")} (our double)", [.. harbor.Requests.Select(request => new Counted(request.Method, request.Path, request.Query))]));
}

await using (var source = await DockerRegistry.StartAsync(tree.Root))
await using (var target = await DockerRegistry.StartAsync(folder.Of("copy")))
{
    rows.Add(("docker-registry, from another one", await CountAsync(target, $"docker://{source.Host}")));
    await source.StopAsync();
    rows.Add(("that other one, as the source", Of(source)));
}

Print();
return 0;

async Task<IReadOnlyList<Counted>> CountAsync(DockerRegistry target, string from, params string[] further)
{
    await RunAsync(from, $"docker://{target.Host}", further);
    await target.StopAsync();
    return Of(target);
}

static IReadOnlyList<Counted> Of(DockerRegistry registry) => [.. registry.Requests.Select(request => new Counted(request.Method, request.Path, request.Query))];

async Task RunAsync(string from, string to, params string[] further)
{
    using var process = Process.Start(new ProcessStartInfo(program, ["migrate", from, to, "--state-dir", folder.Of("state"), "--restart", .. further]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
    var output = process.StandardOutput.ReadToEndAsync();
    var errors = await process.StandardError.ReadToEndAsync();
    await process.WaitForExitAsync();
    if (process.ExitCode != 0)
        throw new InvalidOperationException($"transfer ended with {process.ExitCode}: {await output}{errors}");
}

void Print()
{
    var images = tree.Tagged.Count;
    Console.WriteLine($"{images} images in {tree.RepositoryBlobs.Count} repositories: {tree.Uploads} uploads, {tree.Mounts} mounts; a tree as the source but for the last two rows.");
    Console.WriteLine();
    Console.WriteLine($"| requests at | {string.Join(" | ", Counted.Kinds)} | all | per image |");
    Console.WriteLine($"|---|{string.Concat(Enumerable.Repeat("---|", Counted.Kinds.Length + 2))}");
    foreach (var (name, requests) in rows)
    {
        var counts = Counted.Kinds.Select(kind => requests.Count(request => request.Kind == kind));
        Console.WriteLine($"| {name} | {string.Join(" | ", counts)} | {requests.Count} | {(double)requests.Count / images:0.0} |");
    }
}
