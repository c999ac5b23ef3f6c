using System.Text;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Tests.Tars;

/// <summary>What GNU tar writes, in each of its formats.</summary>
public sealed class GnuTarTests : TarTest
{
    [Theory]
    [InlineData("--format=gnu")]
    [InlineData("--format=oldgnu")]
    [InlineData("--format=pax")]
    [InlineData("--format=gnu", "--sort=name", "--transform=s,^,var/lib/registry/,")]
    [InlineData("--format=gnu", "--transform=s,^,./,")]
    [InlineData("--format=pax", "-P", "--transform=s,^,/srv/,")]
    [InlineData("--format=gnu", "--blocking-factor=1")]
    public async Task Each_format_and_prefix_is_read(params string[] arguments)
    {
        FillTree();
        PackByTar(arguments);
        await HoldsTheTreeAsync();
    }

    [Fact]
    public async Task So_is_ustar_with_its_names_in_two_parts()
    {
        Tree.AddImage("a", "latest", "layer");
        PackByTar("--format=ustar");
        await HoldsTheTreeAsync();
    }

    [Fact]
    public async Task So_is_v7_though_tar_leaves_out_of_it_the_names_of_more_than_99_letters()
    {
        Tree.AddImage("a", "latest", "layer");
        Run("sh", "-c", $"tar -C '{Tree.V2}' -cf '{TarPath}' --format=v7 blobs repositories || true");
        await using var source = RegistryTreeSource.OpenTar(TarPath);
        Assert.Null(source.Damage);
        Assert.Equal(DigestOf("layer"), await DigestOfAsync(source, RepositoryName.Parse("a"), DigestOf("layer")));
        var image = Assert.Single(await source.ListImagesAsync(RepositoryName.Parse("a"), untagged: false, default).ToListAsync());
        Assert.Equal(ErrorCode.RevisionMissing, image.Error!.Code);
    }

    [Theory]
    [InlineData("--format=gnu")]
    [InlineData("--format=pax", "--sparse-version=0.0")]
    [InlineData("--format=pax", "--sparse-version=0.1")]
    [InlineData("--format=pax", "--sparse-version=1.0")]
    public async Task Sparse_files_are_read_with_their_holes(params string[] arguments)
    {
        // More parts than a header has room for.
        var content = new byte[2_000_000];
        for (var i = 1; i < 30; i++)
            Encoding.ASCII.GetBytes($"part {i}", content.AsSpan(i * 65_536));
        var digest = Digest.OfSha256(content);
        Tree.AddImage("a", "latest", "layer");
        WriteSparse(Tree.BlobPath(digest), content);
        PackByTar(["--sparse", "--hole-detection=raw", .. arguments]);
        Assert.True(new FileInfo(TarPath).Length < 1_000_000);

        await using var source = RegistryTreeSource.OpenTar(TarPath);
        Assert.Null(source.Damage);
        var repository = RepositoryName.Parse("a");
        Assert.Equal(content.Length, await source.FindBlobAsync(repository, digest, default));
        Assert.Equal(digest, await DigestOfAsync(source, repository, digest));
        foreach (var offset in new[] { 1, 65_530, 65_537, 70_000, 1_999_999 })
            Assert.Equal(Digest.OfSha256(content.AsSpan(offset)), await DigestOfAsync(source, repository, digest, offset));
        Assert.Null(Assert.Single(await source.ListImagesAsync(repository, untagged: false, default).ToListAsync()).Error);
    }

    [Fact]
    public async Task A_sparse_file_is_read_from_a_compressed_archive_too()
    {
        var content = new byte[3_000_000];
        Encoding.ASCII.GetBytes("in the middle", content.AsSpan(1_500_000));
        var digest = Digest.OfSha256(content);
        Tree.AddImage("a", "latest", "layer");
        WriteSparse(Tree.BlobPath(digest), content);
        PackByTar("--sparse", "--format=pax", "--gzip");
        await using var source = RegistryTreeSource.OpenTar(TarPath);
        Assert.Equal(Digest.OfSha256(content.AsSpan(1_400_000)), await DigestOfAsync(source, RepositoryName.Parse("a"), digest, 1_400_000));
    }

    [Theory]
    [InlineData("--format=gnu", "--sort=name")]
    [InlineData("--format=pax", "--sort=inode")]
    public async Task Hard_links_are_read_whichever_of_them_comes_first(params string[] arguments)
    {
        Tree.AddImage("a", "latest", "layer", "layer 2");
        Directory.CreateDirectory(Path.Join(Tree.Root, "docker", "aaa"));
        foreach (var blob in new[] { "layer", "layer 2" })
            Run("ln", Tree.BlobPath(DigestOf(blob)), Path.Join(Tree.Root, "docker", "aaa", DigestOf(blob).Hex));
        PackByTar(arguments);
        await HoldsTheTreeAsync();
    }

    [Fact]
    public async Task Of_members_that_were_appended_the_last_counts()
    {
        Tree.AddImage("a", "latest", "old");
        PackByTar("--format=gnu");
        Tree.AddImage("a", "latest", "new");
        Run("tar", "-C", Tree.Root, "-rf", TarPath, "docker");
        await HoldsTheTreeAsync();
    }

    private static void WriteSparse(string path, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        file.SetLength(content.Length);
        for (var at = 0; at < content.Length; at += 4096)
        {
            var piece = content.AsSpan(at, Math.Min(4096, content.Length - at));
            if (piece.ContainsAnyExcept((byte)0))
            {
                file.Position = at;
                file.Write(piece);
            }
        }
    }
}
