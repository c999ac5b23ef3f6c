using System.Globalization;

namespace TransferEngine.Perf.Trees;

/// <summary>
/// Many small images with much in common: ten tags in each repository, each on one of forty base images.
/// 5,000 images are 15,000 distinct blobs, 4,100 further places of a blob, 5,500 manifests and 2 GB.
/// </summary>
internal sealed class ManyImages(TreeWriter tree)
{
    private const int TagsPerRepository = 10;
    private const int Bases = 40;
    private const int LayersPerBase = 4;
    private const int Certificates = 8;

    // One tag in nineteen is an index of two images.
    private const int IndexEvery = 19;
    private const int NewDependenciesPercent = 88;

    public void Write(int images)
    {
        var bases = new Blob[Bases][];
        Parallel.For(0, Bases, b => bases[b] = [.. Enumerable.Range(0, LayersPerBase).Select(i => BaseLayer(b, i))]);
        var certificates = Enumerable.Range(0, Certificates).Select(i => BaseLayer(Bases, i)).ToArray();

        var repositories = (images + TagsPerRepository - 1) / TagsPerRepository;
        Parallel.For(0, repositories, r =>
        {
            var first = r * TagsPerRepository;
            var tags = Math.Min(TagsPerRepository, images - first);
            // A repository moves from one base to a newer one half way through its tags.
            var older = r * 7 % Bases;
            var newer = (older + 13) % Bases;
            Blob[] common = r % 2 == 0 ? [certificates[r / 2 % Certificates]] : [];
            WriteRepository(r, tags, [.. bases[older], .. common], [.. bases[newer], .. common]);
        });
    }

    private void WriteRepository(int r, int tags, Blob[] older, Blob[] newer)
    {
        var repository = Name(r);
        var noise = new Noise(Seed(2, r, 0));
        var writer = new ImageWriter(tree, repository, oci: r % 3 == 0);
        var layers = 0;
        Blob? dependencies = null;

        for (var t = 0; t < tags; t++)
        {
            var (own, other) = t < TagsPerRepository / 2 ? (older, newer) : (newer, older);
            var name = $"{repository}:{Tag(t)}";
            var image = (r * TagsPerRepository) + t;
            var manifest = image % IndexEvery != 0
                ? WriteImage(name, "amd64", own)
                : writer.WriteIndex([
                    ("amd64", WriteImage(name, "amd64", own)),
                    ("arm64", WriteImage(name, "arm64", other)),
                ]);
            tree.Tag(repository, Tag(t), manifest);
        }

        Blob WriteImage(string name, string architecture, Blob[] lower)
        {
            if (dependencies is null || noise.Chance(NewDependenciesPercent))
                dependencies = OwnLayer(20_000, 1_100_000);
            return writer.WriteManifest(name, architecture, [.. lower, dependencies, OwnLayer(5_000, 400_000)]);
        }

        Blob OwnLayer(long from, long to) =>
            tree.WriteLayer(Seed(3, r, layers++), noise.LogUniform(from, to));
    }

    private Blob BaseLayer(int b, int i)
    {
        var seed = Seed(1, b, i);
        return tree.WriteLayer(seed, new Noise(seed).LogUniform(200_000, 6_000_000));
    }

    private static string Name(int r) => (r % 5) switch
    {
        0 => $"service-{r}",
        1 => $"team-{r % 17}/service-{r}",
        2 => $"team-{r % 17}/platform/service-{r}",
        // Nested below the repository before it.
        3 => $"team-{(r - 1) % 17}/platform/service-{r - 1}/worker",
        _ => $"mirror/library_{r}/runtime.{r % 7}",
    };

    private static string Tag(int t) => t switch
    {
        0 => "current",
        1 => "_first",
        9 => "latest",
        _ => string.Create(CultureInfo.InvariantCulture, $"1.{t}.0"),
    };

    private static ulong Seed(ulong kind, int a, int b) => (kind << 60) | ((ulong)a << 24) | (uint)b;
}
