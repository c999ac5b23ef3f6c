using System.Text.Json;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Programs;
using TransferEngine.TestKit.Registries;

namespace TransferEngine.Integration.Tests.Support;

/// <summary>One migration between real things: a folder with a tree, an empty registry, the program, and its state.</summary>
internal sealed class Job : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();

    private Job() => SourceRoot = _folder.Of("source");

    public string SourceRoot { get; }

    public string TargetRoot => _folder.Of("target");

    public string ReportPath => _folder.Of("report.json");

    public string StateDirectory => _folder.Of("state");

    public DockerRegistry Target { get; private set; } = null!;

    public string TargetEndpoint => $"docker://{Target.Host}";

    public static async Task<Job> CreateAsync()
    {
        var job = new Job();
        Directory.CreateDirectory(job.SourceRoot);
        Directory.CreateDirectory(job.TargetRoot);
        job.Target = await DockerRegistry.StartAsync(job.TargetRoot);
        return job;
    }

    /// <summary>The arguments of <c>transfer migrate</c> for this job.</summary>
    public string[] Arguments(params string[] further) =>
        ["migrate", SourceRoot, TargetEndpoint, "--state-dir", StateDirectory, "--report", ReportPath, .. further];

    public Task<ProgramResult> MigrateAsync(params string[] further) => TransferProgram.RunAsync(Arguments(further));

    public Task<ProgramResult> MigrateAsync(Unverified unverified, params string[] further) => TransferProgram.RunAsync(unverified, Arguments(further));

    /// <summary>All that the registry was asked since it was started; then it is started again, at the same address and with what it holds.</summary>
    public async Task<IReadOnlyList<RegistryRequest>> TakeRequestsAsync()
    {
        await Target.StopAsync();
        var (requests, port) = (Target.Requests, Target.Port);
        await Target.DisposeAsync();
        Target = await DockerRegistry.StartAsync(TargetRoot, new DockerRegistryOptions { Port = port });
        return requests;
    }

    /// <summary>The report's images by <c>repository:tag</c>.</summary>
    public Dictionary<string, JsonElement> ReportedImages()
    {
        using var report = JsonDocument.Parse(File.ReadAllBytes(ReportPath));
        return report.RootElement.GetProperty("images").EnumerateArray()
            .ToDictionary(image => $"{image.GetProperty("repository").GetString()}:{image.GetProperty("name").GetString()}", image => image.Clone(), StringComparer.Ordinal);
    }

    public string InFolder(string name) => _folder.Of(name);

    public async ValueTask DisposeAsync()
    {
        await Target.DisposeAsync();
        _folder.Dispose();
    }
}
