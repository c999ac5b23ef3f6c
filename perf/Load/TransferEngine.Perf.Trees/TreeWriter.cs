using System.Security.Cryptography;
using System.Text;

namespace TransferEngine.Perf.Trees;

/// <summary>Writes a storage tree as a registry would have left it behind. May be used by several threads.</summary>
internal sealed class TreeWriter
{
    private const int ChunkSize = 1 << 20;

    // Only the start is looked at on the way: without it skopeo would compress each layer anew.
    private static readonly byte[] GzipHeader = [0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 0xff];

    private readonly TreePaths paths;
    private int temporaries;

    public TreeWriter(string root)
    {
        paths = new TreePaths(root);
        Directory.CreateDirectory(paths.Version2);
    }

    /// <summary>Stores a layer of incompressible bytes; the same seed and size give the same layer.</summary>
    public Blob WriteLayer(ulong seed, long size)
    {
        var noise = new Noise(seed);
        var buffer = new byte[(int)Math.Min(size, ChunkSize)];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var temporary = NextTemporary();
        using (var file = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write))
        {
            for (long offset = 0; offset < size; offset += buffer.Length)
            {
                var chunk = buffer.AsSpan(0, (int)Math.Min(buffer.Length, size - offset));
                noise.Fill(chunk);
                if (offset == 0)
                    GzipHeader.CopyTo(chunk);
                hash.AppendData(chunk);
                RandomAccess.Write(file, chunk, offset);
            }
        }

        return Keep(temporary, hash.GetHashAndReset(), size);
    }

    /// <summary>Stores a config or a manifest.</summary>
    public Blob WriteText(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var temporary = NextTemporary();
        File.WriteAllBytes(temporary, bytes);
        return Keep(temporary, SHA256.HashData(bytes), bytes.Length);
    }

    public void LinkLayer(string repository, Blob blob) =>
        WriteLink(paths.LayerLink(repository, blob.Digest), blob.Digest);

    public void LinkRevision(string repository, Blob manifest) =>
        WriteLink(paths.RevisionLink(repository, manifest.Digest), manifest.Digest);

    public void Tag(string repository, string tag, Blob manifest)
    {
        LinkRevision(repository, manifest);
        WriteLink(paths.TagIndexLink(repository, tag, manifest.Digest), manifest.Digest);
        WriteLink(paths.TagLink(repository, tag), manifest.Digest);
    }

    private static void WriteLink(string path, string digest)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, digest);
    }

    private string NextTemporary() =>
        Path.Combine(paths.Version2, $"writing-{Interlocked.Increment(ref temporaries)}");

    private Blob Keep(string temporary, byte[] hash, long size)
    {
        var blob = new Blob("sha256:" + Convert.ToHexStringLower(hash), size);
        var data = paths.Data(blob.Digest);
        Directory.CreateDirectory(Path.GetDirectoryName(data)!);
        File.Move(temporary, data, overwrite: true);
        return blob;
    }
}
