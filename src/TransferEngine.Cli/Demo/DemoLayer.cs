using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using TransferEngine.Images;

namespace TransferEngine.Cli.Demo;

/// <summary>A layer as a build would make it: a gzipped tar. The same name and size give the same files.</summary>
/// <param name="Content">The compressed bytes.</param>
/// <param name="Digest">Of the compressed bytes, as registries know the layer.</param>
/// <param name="DiffId">Of the tar itself, as the image's config names it.</param>
internal sealed record DemoLayer(byte[] Content, Digest Digest, Digest DiffId)
{
    /// <param name="name">What the layer holds, <c>openjdk-21</c>.</param>
    /// <param name="size">Bytes, nearly all of which compression can't make smaller.</param>
    public static DemoLayer Create(string name, int size)
    {
        var content = new byte[size];
        new Random(Seed(name)).NextBytes(content);
        using var tar = new MemoryStream(size + 8 * 1024);
        using (var writer = new TarWriter(tar, TarEntryFormat.Ustar, leaveOpen: true))
        {
            Add(writer, $"usr/share/doc/{name}/README", Encoding.UTF8.GetBytes($"{name}: made up for a demonstration.\n"));
            Add(writer, $"usr/lib/{name}/data.bin", content);
        }
        var plain = tar.GetBuffer().AsSpan(0, (int)tar.Length);
        using var compressed = new MemoryStream(size + 8 * 1024);
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(plain);
        var bytes = compressed.ToArray();
        return new DemoLayer(bytes, Digest.OfSha256(bytes), Digest.OfSha256(plain));
    }

    private static void Add(TarWriter writer, string name, byte[] content) => writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name)
    {
        DataStream = new MemoryStream(content),
        ModificationTime = DateTimeOffset.UnixEpoch,
    });

    // The runtime's own hash of a text differs from process to process.
    private static int Seed(string name) => name.Aggregate(17, (hash, letter) => unchecked(hash * 31 + letter));
}
