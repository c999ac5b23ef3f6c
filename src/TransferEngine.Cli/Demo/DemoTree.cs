using System.IO.Pipelines;
using System.Text.Json;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Cli.Demo;

/// <summary>
/// A small company's registry: services in several versions on a few shared bases, one index of two architectures. Every layer is
/// stored once, as a registry would, and named by many images.
/// </summary>
internal sealed class DemoTree(RegistryTreeWriter writer)
{
    private const int Megabyte = 1024 * 1024;

    private static readonly string[] Services = ["cart", "catalog", "checkout", "payments", "search", "shipping"];
    private static readonly string[] Versions = ["1.0.0", "1.0.1", "1.1.0", "2.0.0"];

    private readonly Dictionary<string, DemoLayer> _layers = new(StringComparer.Ordinal);

    /// <summary>The sum of all layers and configs of all images, shared or not.</summary>
    public long BytesNamed { get; private set; }

    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        foreach (var version in new[] { "bookworm", "bookworm-slim" })
            await AddAsync("base/debian", version, ["debian-" + version], cancellationToken);
        foreach (var runtime in new[] { "openjdk", "python", "node" })
            await AddAsync("base/" + runtime, "stable", Runtime(runtime), cancellationToken);
        for (var i = 0; i < Services.Length; i++)
            foreach (var version in Versions)
                await AddAsync("shop/" + Services[i], version, [.. Runtime(i % 2 == 0 ? "openjdk" : "node"), $"{Services[i]}-dependencies", $"{Services[i]}-{version}"], cancellationToken);
        foreach (var version in Versions)
            await AddAsync("shop/reports/nightly", version, [.. Runtime("python"), "reports-dependencies", $"reports-{version}"], cancellationToken);
        await AddIndexAsync("tools/backup", "latest", cancellationToken);
    }

    private static string[] Runtime(string name) => ["debian-bookworm-slim", "certificates", name];

    private async Task AddAsync(string repository, string tag, string[] layers, CancellationToken cancellationToken) =>
        writer.PutManifest(RepositoryName.Parse(repository), await ImageAsync(repository, "amd64", layers, cancellationToken), Tag.Parse(tag));

    private async Task AddIndexAsync(string repository, string tag, CancellationToken cancellationToken)
    {
        var children = new List<object>();
        foreach (var architecture in new[] { "amd64", "arm64" })
        {
            var image = await ImageAsync(repository, architecture, [$"debian-{architecture}", $"backup-{architecture}"], cancellationToken);
            writer.PutManifest(RepositoryName.Parse(repository), image, null);
            children.Add(new { mediaType = image.MediaType, digest = image.Digest.ToString(), size = image.Bytes.Length, platform = new { architecture, os = "linux" } });
        }
        writer.PutManifest(RepositoryName.Parse(repository), Read(new { schemaVersion = 2, mediaType = MediaType.OciIndex, manifests = children }), Tag.Parse(tag));
    }

    private async Task<Manifest> ImageAsync(string repository, string architecture, string[] names, CancellationToken cancellationToken)
    {
        var layers = names.Select(Layer).ToList();
        var name = RepositoryName.Parse(repository);
        foreach (var layer in layers)
            await StoreAsync(name, layer.Content, layer.Digest, cancellationToken);
        var config = JsonSerializer.SerializeToUtf8Bytes(new
        {
            architecture,
            os = "linux",
            created = DateTimeOffset.UnixEpoch,
            config = new { Cmd = new[] { "/usr/bin/" + names[^1] } },
            rootfs = new { type = "layers", diff_ids = layers.Select(layer => layer.DiffId.ToString()) },
        });
        var digest = Digest.OfSha256(config);
        BytesNamed += config.Length + layers.Sum(layer => (long)layer.Content.Length);
        await StoreAsync(name, config, digest, cancellationToken);
        return Read(new
        {
            schemaVersion = 2,
            mediaType = MediaType.OciManifest,
            config = new { mediaType = MediaType.OciConfig, digest = digest.ToString(), size = config.Length },
            layers = layers.Select(layer => new { mediaType = MediaType.OciLayerGzip, digest = layer.Digest.ToString(), size = layer.Content.Length }),
        });
    }

    private DemoLayer Layer(string name)
    {
        // Bases and runtimes are large and shared, a service's own part is small: as in real life.
        var size = name.StartsWith("debian-", StringComparison.Ordinal) ? 6 * Megabyte
            : name is "openjdk" or "python" or "node" ? 10 * Megabyte
            : name.EndsWith("-dependencies", StringComparison.Ordinal) ? 2 * Megabyte
            : Megabyte / 2;
        return _layers.TryGetValue(name, out var known) ? known : _layers[name] = DemoLayer.Create(name, size);
    }

    private async Task StoreAsync(RepositoryName repository, byte[] content, Digest digest, CancellationToken cancellationToken)
    {
        if (writer.View.FindBlob(repository, digest) is not null)
            return;
        var upload = writer.StartUpload(repository);
        await upload.AppendAsync(PipeReader.Create(new MemoryStream(content)), cancellationToken);
        writer.CommitUpload(upload, digest);
    }

    private static Manifest Read(object content)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(content);
        return ManifestReader.Read(bytes, Digest.OfSha256(bytes));
    }
}
