using System.Globalization;

namespace TransferEngine.Perf.Trees;

/// <summary>
/// 40 images in four repositories with 22 distinct layers of 100 to 300 MB, 4 GB: two bases, each under two
/// repositories, and in each repository five further layers, each in two tags.
/// </summary>
internal sealed class LargeLayers(TreeWriter tree)
{
    private const int Repositories = 4;
    private const int TagsPerRepository = 10;
    private const int TagsPerLayer = 2;
    private const int Bases = 2;
    private const int LayersPerRepository = TagsPerRepository / TagsPerLayer;
    private const int Layers = Bases + (Repositories * LayersPerRepository);

    public void Write()
    {
        var layers = new Blob[Layers];
        Parallel.For(0, Layers, i => layers[i] = tree.WriteLayer((4UL << 60) | (uint)i, Size(i)));
        for (var r = 0; r < Repositories; r++)
        {
            var repository = $"models/large-{r}";
            var writer = new ImageWriter(tree, repository, oci: r % 2 == 0);
            for (var t = 0; t < TagsPerRepository; t++)
            {
                var own = layers[Bases + (r * LayersPerRepository) + (t / TagsPerLayer)];
                var tag = string.Create(CultureInfo.InvariantCulture, $"2.{t}");
                tree.Tag(repository, tag, writer.WriteManifest($"{repository}:{tag}", "amd64", [layers[r % Bases], own]));
            }
        }
    }

    // Evenly spread over the logarithm, in an order that puts small and large ones side by side.
    private static long Size(int i) => (long)(100e6 * Math.Pow(3, i * 5 % Layers / (Layers - 1.0)));
}
