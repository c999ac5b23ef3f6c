using Microsoft.Extensions.DependencyInjection;
using TransferEngine.Hosting;
using TransferEngine.Images;
using TransferEngine.Persistence;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Registries;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Integration.Tests.Forms;

/// <summary>
/// One set of images in every form that keeps digests: Docker and OCI images, indexes, an artifact that is no image, a signature that
/// refers to its image, names with and without folders. Each form is made of the first when it is first asked for.
/// </summary>
public sealed class ImageForms : IAsyncLifetime
{
    /// <summary>The forms, the storage tree first.</summary>
    public static readonly string[] All = ["registry-tree", "registry-tar", "docker", "dir", "oci", "oci-archive"];

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _made = new(StringComparer.Ordinal);
    private readonly List<DockerRegistry> _registries = [];
    private readonly ServiceProvider _services;
    private int _count;

    public ImageForms()
    {
        var services = new ServiceCollection();
        services.AddTransferEngine();
        services.Configure<JobStoreOptions>(options => options.StateDirectory = _folder.Of("state"));
        _services = services.BuildServiceProvider();
    }

    /// <summary>The images that must be in every form, by their names.</summary>
    public IReadOnlyDictionary<string, Digest> Tags { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        var sample = SampleTree.Build(_folder.Of("tree"), new SampleTreeOptions { Repositories = 5, TaggedImages = 25, BaseImages = 3, MaxLayerBytes = 16 * 1024 });
        var builder = new StorageTreeBuilder(sample.Root);
        var signed = builder.AddImage("signed/app", "v1", "layer of the signed image");
        builder.AddImage("signed/app", null, new ImageSpec(builder.AddBlob("{}"u8), [builder.AddBlob("signature"u8)]) { Subject = signed });
        builder.AddImage("charts/web", "1.2.3", new ImageSpec(builder.AddBlob("""{"name":"web"}"""u8), [builder.AddBlob("chart"u8)]));
        _made["registry-tree"] = "registry-tree:" + sample.Root;
        await using var tree = Endpoints.OpenSource(_made["registry-tree"]);
        Tags = await TagsOfAsync(tree);
    }

    public async Task DisposeAsync()
    {
        foreach (var registry in _registries)
            await registry.DisposeAsync();
        await _services.DisposeAsync();
        _folder.Dispose();
    }

    private IEndpoints Endpoints => _services.GetRequiredService<IEndpoints>();

    private ITransferEngine Engine => _services.GetRequiredService<ITransferEngine>();

    /// <summary>Where the images are in this form.</summary>
    public async Task<string> SourceAsync(string form)
    {
        if (!_made.TryGetValue(form, out var address))
            _made[form] = address = await CopyAsync(_made["registry-tree"], form);
        return address;
    }

    /// <summary>Moves everything into a new place of this form, verifies it by the engine, and says where it is.</summary>
    public async Task<string> CopyAsync(string from, string form)
    {
        var address = await PlaceAsync(form);
        await using (var source = Endpoints.OpenSource(from))
        await using (var target = Endpoints.OpenTarget(address))
        {
            var report = await Engine.MigrateAsync(new MigrationJob(source, target), NullObserver.Instance, CancellationToken.None);
            Assert.True(report.IsComplete, report.ToString());
        }
        await using (var source = Endpoints.OpenSource(from))
        await using (var target = Endpoints.OpenTarget(address))
            Assert.True((await Engine.VerifyAsync(new MigrationJob(source, target), NullObserver.Instance, CancellationToken.None)).IsComplete);
        return address;
    }

    /// <summary>All tags with their digests, after every manifest and blob below them was read and hashed.</summary>
    public async Task<IReadOnlyDictionary<string, Digest>> ReadAllAsync(string address)
    {
        await using var source = Endpoints.OpenSource(address);
        var tags = await TagsOfAsync(source);
        foreach (var (name, digest) in tags)
            await ReadAsync(source, RepositoryName.Parse(name[..name.LastIndexOf(':')]), digest);
        return tags;
    }

    private async Task<string> PlaceAsync(string form)
    {
        var place = _folder.Of($"{form}-{_count++}");
        if (form != "docker")
            return $"{form}:{place}";
        _registries.Add(await DockerRegistry.StartAsync(place));
        return $"docker://{_registries[^1].Host}";
    }

    private static async Task<Dictionary<string, Digest>> TagsOfAsync(IImageSource source)
    {
        var tags = new Dictionary<string, Digest>(StringComparer.Ordinal);
        await foreach (var repository in source.ListRepositoriesAsync(CancellationToken.None))
            await foreach (var image in source.ListImagesAsync(repository.Repository!.Value, untagged: false, CancellationToken.None))
                tags.Add($"{repository.Name}:{image.Tag}", image.Digest!.Value);
        return tags;
    }

    private static async Task ReadAsync(IImageSource source, RepositoryName repository, Digest digest)
    {
        var manifest = await source.ReadManifestAsync(repository, digest, CancellationToken.None);
        foreach (var child in manifest.Children)
            await ReadAsync(source, repository, child.Digest);
        foreach (var blob in manifest.Blobs)
        {
            await using var content = await source.OpenBlobAsync(repository, blob.Digest, 0, CancellationToken.None);
            using var bytes = new MemoryStream();
            await content.CopyToAsync(bytes);
            Assert.Equal((blob.Digest, blob.Size), (blob.Digest.SameAlgorithmOver(bytes.ToArray()), bytes.Length));
        }
    }
}
