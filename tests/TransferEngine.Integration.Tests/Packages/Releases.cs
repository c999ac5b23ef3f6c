using System.Text.Json;
using TransferEngine.Images;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Integration.Tests.Packages;

/// <summary>A tree that grows from release to release, and the packages made of it.</summary>
internal sealed class Releases : IAsyncDisposable
{
    private Releases(Job job, SampleTree first) => (Job, First) = (job, first);

    public Job Job { get; }

    /// <summary>What the tree held at first.</summary>
    public SampleTree First { get; }

    public StorageTreeBuilder Tree => new(Job.SourceRoot);

    public static async Task<Releases> CreateAsync(int images = 40)
    {
        var job = await Job.CreateAsync();
        return new Releases(job, SampleTree.Build(job.SourceRoot, new SampleTreeOptions { Repositories = 8, TaggedImages = images }));
    }

    public string PathOf(string file) => Job.InFolder(file);

    /// <summary>A new image on the layers of an old one, in a repository of its own: its config and one layer are new.</summary>
    public Descriptor AddImage(string repository, string tag, string layer)
    {
        var shared = First.Blobs.MaxBy(blob => blob.Value);
        var tree = Tree;
        return tree.AddImage(repository, tag, new ImageSpec(
            tree.AddBlob(JsonSerializer.SerializeToUtf8Bytes(new { architecture = "amd64", os = "linux", layer })),
            [new Descriptor("", shared.Key, shared.Value), tree.AddBlob(System.Text.Encoding.UTF8.GetBytes(layer))]));
    }

    /// <summary>Packs the whole tree, and returns what the program said of it.</summary>
    public async Task<JsonElement> PackAsync(string file, params string[] further)
    {
        var packed = await TransferProgram.RunAsync(["pack", Job.SourceRoot, PathOf(file), "--json", .. further]);
        packed.AssertExit(0);
        return JsonDocument.Parse(packed.Output).RootElement;
    }

    public string[] Unpacking(string file, params string[] further) =>
        ["unpack", PathOf(file), Job.TargetEndpoint, "--state-dir", Job.StateDirectory, .. further];

    public Task<ProgramResult> UnpackAsync(string file, params string[] further) => TransferProgram.RunAsync(Unpacking(file, further));

    /// <summary>The registry of the target has the tag, with all content.</summary>
    public async Task HasAsync(string repository, string tag, Descriptor manifest)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Head, $"http://{Job.Target.Host}/v2/{repository}/manifests/{tag}");
        request.Headers.TryAddWithoutValidation("Accept", MediaType.AcceptManifests);
        using var response = await client.SendAsync(request);
        Assert.Equal([manifest.Digest.ToString()], response.Headers.TryGetValues("Docker-Content-Digest", out var values) ? values : [response.StatusCode.ToString()]);
        await Skopeo.CopyToFolderAsync(Job.Target.Host, new ImageReference(RepositoryName.Parse(repository), Tag.Parse(tag)), PathOf($"pulled-{Guid.NewGuid():N}"));
    }

    public ValueTask DisposeAsync() => Job.DisposeAsync();
}
