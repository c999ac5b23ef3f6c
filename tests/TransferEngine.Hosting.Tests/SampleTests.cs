using System.Text.Json;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Registries;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Hosting.Tests;

/// <summary>The program of tests/TransferEngine.Hosting.Sample, run as its reader would run it, against the real docker-registry.</summary>
public sealed class SampleTests : IDisposable
{
    private const string Sample = "TransferEngine.Hosting.Sample";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_sample_has_forty_lines_or_fewer() => Assert.InRange(File.ReadLines(SampleProgram.SourceOf(Sample)).Count(), 1, 40);

    [Fact]
    public void The_sample_needs_no_ASP_NET() => SampleProgram.DemandNoAspNet(Sample);

    [Fact]
    public async Task The_sample_moves_a_storage_tree_and_finds_all_there_the_second_time()
    {
        var tree = new StorageTreeBuilder(_folder.Of("source"));
        tree.AddImage("base", "1.0", "shared layer");
        tree.AddImage("team/app", "1.0", "shared layer", "app");
        var latest = tree.AddImage("team/app", "latest", "shared layer", "newer app");
        await using var registry = await DockerRegistry.StartAsync(_folder.Of("target"));

        Assert.Equal((0, "started\n3 migrated, 0 already there, 0 failed\n", ""), await RunAsync(tree.Root, registry));
        using var http = new HttpClient { BaseAddress = new Uri($"http://{registry.Host}") };
        using var head = new HttpRequestMessage(HttpMethod.Head, "/v2/team/app/manifests/latest");
        head.Headers.Accept.ParseAdd(Images.MediaType.OciManifest);
        using var answer = await http.SendAsync(head);
        Assert.Equal(latest.Digest.ToString(), Assert.Single(answer.Headers.GetValues("Docker-Content-Digest")));
        var catalog = JsonDocument.Parse(await http.GetStringAsync(new Uri("/v2/_catalog", UriKind.Relative))).RootElement;
        Assert.Equal(["base", "team/app"], catalog.GetProperty("repositories").EnumerateArray().Select(name => name.GetString()));

        Assert.Equal((0, "started\n0 migrated, 3 already there, 0 failed\n", ""), await RunAsync(tree.Root, registry));
    }

    [Fact]
    public async Task The_sample_does_not_start_with_an_option_out_of_range()
    {
        var (exitCode, output, errors) = await RunAsync("--transfer-engine:pushers=0", _folder.Path, "docker://127.0.0.1:1");
        Assert.NotEqual(0, exitCode);
        Assert.Empty(output);
        Assert.Contains("transfer-engine.pushers must be between 1 and 256", errors, StringComparison.Ordinal);
    }

    private Task<(int ExitCode, string Output, string Errors)> RunAsync(string root, DockerRegistry registry) =>
        RunAsync($"--transfer-engine:journal:StateDirectory={_folder.Of("state")}", root, $"docker://{registry.Host}");

    private static Task<(int ExitCode, string Output, string Errors)> RunAsync(string option, params string[] endpoints) =>
        SampleProgram.RunAsync(Sample, [.. endpoints, option]);
}
