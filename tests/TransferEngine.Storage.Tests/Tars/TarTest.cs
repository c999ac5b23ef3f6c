using System.Diagnostics;
using System.Text;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;
using TransferEngine.Storage.Tests.RegistryTree;

namespace TransferEngine.Storage.Tests.Tars;

/// <summary>A tree of its own for each test, a place for its tar, and shorthands to read it.</summary>
public abstract class TarTest : TreeTest
{
    protected string TarPath => Path.Join(Directory.CreateDirectory(Outside).FullName, "storage.tar");

    /// <summary>Packs the tree, as <c>tar -C ROOTDIRECTORY -cf FILE … docker</c> does.</summary>
    protected void PackByTar(params string[] arguments) => Run("tar", ["-C", Tree.Root, "-cf", TarPath, .. arguments, "docker"]);

    /// <summary>Each image of the folder is in the tar, with the same digest, and each blob with the same bytes.</summary>
    protected async Task HoldsTheTreeAsync(RegistryTreeOptions? options = null)
    {
        await using var source = RegistryTreeSource.OpenTar(TarPath, options);
        Assert.Null(source.Damage);
        Assert.Equal(await DescribeAsync(Open()), await DescribeAsync(source));
    }

    /// <summary>All that a source says: names, digests, contents by their digest.</summary>
    protected static async Task<List<string>> DescribeAsync(IImageSource source)
    {
        var told = new List<string>();
        await foreach (var repository in source.ListRepositoriesAsync(default))
            await foreach (var image in source.ListImagesAsync(repository.Repository!.Value, untagged: true, default))
            {
                told.Add($"{repository.Name} {image.Name} {image.Digest} {image.Error?.Code}");
                if (image.Digest is not { } digest)
                    continue;
                var manifest = await source.ReadManifestAsync(repository.Repository.Value, digest, default);
                foreach (var blob in manifest.Blobs)
                    told.Add($"{blob.Digest} {await DigestOfAsync(source, repository.Repository.Value, blob.Digest)}");
            }
        return told;
    }

    protected static async Task<Digest> DigestOfAsync(IImageSource source, RepositoryName repository, Digest digest, long offset = 0)
    {
        using var content = new MemoryStream();
        await using (var stream = await source.OpenBlobAsync(repository, digest, offset, default))
            await stream.CopyToAsync(content);
        return Digest.OfSha256(content.ToArray());
    }

    /// <summary>A tree with what makes archives differ: nested names, long names, an empty and a larger blob.</summary>
    protected void FillTree()
    {
        Tree.AddImage("a/b", "latest", "some layer");
        Tree.AddImage("a/b/c", "_x", "some layer", "another");
        Tree.AddImage(string.Join('/', Enumerable.Repeat("quite-a-long-name-for-a-folder", 8)), new string('t', 128), new string('x', 300_000));
        Tree.AddImage("empty", "current", "");
    }

    protected static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    /// <summary>A header block of v7, ustar or GNU, with a right checksum.</summary>
    protected static byte[] Header(string name, long size, char type = '0', string link = "", string magic = "ustar\00")
    {
        var block = new byte[512];
        Encoding.UTF8.GetBytes(name, block.AsSpan(0, 100));
        Encoding.ASCII.GetBytes("0000644", block.AsSpan(100));
        Encoding.ASCII.GetBytes(Convert.ToString(size, 8).PadLeft(11, '0'), block.AsSpan(124));
        block[156] = (byte)type;
        Encoding.UTF8.GetBytes(link, block.AsSpan(157, 100));
        Encoding.ASCII.GetBytes(magic, block.AsSpan(257));
        return Sealed(block);
    }

    /// <summary>Sets a header's checksum.</summary>
    protected static byte[] Sealed(byte[] block)
    {
        block.AsSpan(148, 8).Fill((byte)' ');
        var sum = block.Sum(value => value);
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ", block.AsSpan(148));
        return block;
    }

    /// <summary>A member: header and content, padded.</summary>
    protected static byte[] Member(string name, string content, char type = '0', string link = "")
    {
        var bytes = Encoding.UTF8.GetBytes(content);
        return [.. Header(name, bytes.Length, type, link), .. bytes, .. new byte[-bytes.Length & 511]];
    }

    protected void WriteTar(params IEnumerable<byte[]> pieces)
    {
        using var file = File.Create(TarPath);
        foreach (var piece in pieces)
            file.Write(piece);
        file.Write(new byte[1024]);
    }

    /// <summary>All files of the tree as members.</summary>
    protected IEnumerable<byte[]> TreeMembers() => Directory.EnumerateFiles(Tree.Root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        .SelectMany(path => LongMember(NameOf(path), File.ReadAllText(path)));

    protected string NameOf(string path) => Path.GetRelativePath(Tree.Root, path);

    /// <summary>A member with a GNU long name in front where it needs one.</summary>
    protected static IEnumerable<byte[]> LongMember(string name, string content)
    {
        if (name.Length > 100)
            yield return Member("././@LongLink", name + "\0", 'L');
        yield return Member(name.Length > 100 ? name[..100] : name, content);
    }
}
