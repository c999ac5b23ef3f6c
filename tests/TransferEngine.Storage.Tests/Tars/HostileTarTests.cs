using System.IO.Compression;
using System.Text;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Tests.Tars;

/// <summary>Archives that were damaged, or made to do harm.</summary>
public sealed class HostileTarTests : TarTest
{
    private const string V2 = "docker/registry/v2/";

    private static readonly RepositoryName Repository = RepositoryName.Parse("a");

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../../etc/passwd")]
    [InlineData(V2 + "repositories/a/../../../../../etc/passwd")]
    public async Task Names_that_are_absolute_or_climb_out_reach_nothing_outside(string name)
    {
        Tree.AddImage("a", "latest", "layer");
        WriteTar([.. TreeMembers(), Member(name, "root::0:0")]);
        await HoldsTheTreeAsync();
        Assert.False(File.Exists(Path.Join(Outside, "etc/passwd")));
    }

    [Fact]
    public async Task A_folder_that_is_a_link_out_is_not_entered()
    {
        Tree.AddImage("a", "latest", "layer");
        WriteTar([.. TreeMembers(), Member(V2 + "repositories/evil", "", '2', "/etc"), Member(V2 + "repositories/evil/_manifests/tags/x/current/link", "x")]);
        await using var source = RegistryTreeSource.OpenTar(TarPath);
        var evil = (await source.ListRepositoriesAsync(default).ToListAsync()).Single(repository => repository.Name == "evil");
        Assert.Equal(ErrorCode.SourceOutsideRoot, evil.Error!.Code);
    }

    [Fact]
    public async Task A_size_beyond_the_archive_spoils_its_member_and_is_told()
    {
        Tree.AddImage("a", "latest", "layer");
        var blob = DigestOf("endless");
        var name = NameOf(Tree.BlobPath(blob));
        foreach (var size in new[] { 8L * 1024 * 1024 * 1024 - 1, 600 })
        {
            WriteTar([.. TreeMembers(), Member("././@LongLink", name + "\0", 'L'), Header("cut", size)]);
            using (var file = new FileStream(TarPath, FileMode.Open))
                file.SetLength(file.Length - 1024);
            await using var source = RegistryTreeSource.OpenTar(TarPath);
            Assert.Contains("ends in the middle", source.Damage!.Message, StringComparison.Ordinal);
            Assert.Equal(DigestOf("layer"), await DigestOfAsync(source, Repository, DigestOf("layer")));
            var failure = await Assert.ThrowsAsync<TransferException>(() => DigestOfAsync(source, Repository, blob));
            Assert.Equal(blob, failure.Error.Digest);
        }
    }

    [Theory]
    [InlineData('L')]
    [InlineData('K')]
    [InlineData('x')]
    public async Task An_endless_name_or_PAX_header_is_passed_over(char type)
    {
        Tree.AddImage("a", "latest", "layer");
        WriteTar([Member("././@LongLink", new string('x', 1_100_000), type), Member("first", ""), .. TreeMembers()]);
        await using var source = RegistryTreeSource.OpenTar(TarPath);
        Assert.Contains("endless header", source.Damage!.Message, StringComparison.Ordinal);
        Assert.Equal(DigestOf("layer"), await DigestOfAsync(source, Repository, DigestOf("layer")));
    }

    [Theory]
    [InlineData("9999999999999999999 path=x\n")]
    [InlineData("0 path=x\n")]
    [InlineData("-5 path=x\n")]
    [InlineData("11 path=xyz\n")]
    [InlineData("8 path=\n")]
    [InlineData("25 size=99999999999999999\n")]
    [InlineData("no number")]
    public async Task A_damaged_PAX_header_harms_no_other_member(string records)
    {
        Tree.AddImage("a", "latest", "layer");
        WriteTar([Member("PaxHeaders/first", records, 'x'), Member("first", "content"), .. TreeMembers()]);
        await using var source = RegistryTreeSource.OpenTar(TarPath);
        Assert.Equal(DigestOf("layer"), await DigestOfAsync(source, Repository, DigestOf("layer")));
    }

    [Fact]
    public async Task Behind_a_damaged_header_reading_goes_on_at_the_next_sound_one()
    {
        var lost = Tree.AddImage("a", "lost", "the lost layer");
        Tree.AddImage("z", "latest", "layer");
        var members = TreeMembers().ToList();
        var name = NameOf(Tree.BlobPath(DigestOf("the lost layer")));
        var damaged = members.FindIndex(member => Encoding.ASCII.GetString(member, 0, 512).Contains(name[..100], StringComparison.Ordinal) && member[156] == '0' && member.AsSpan(512).StartsWith("the lost"u8));
        // The long name stands in front, in a header of its own, as a member without content of use.
        members[damaged][3] ^= 0xff;
        WriteTar(members);
        await using var source = RegistryTreeSource.OpenTar(TarPath);
        Assert.Contains("damaged header", source.Damage!.Message, StringComparison.Ordinal);
        Assert.Equal(DigestOf("layer"), await DigestOfAsync(source, RepositoryName.Parse("z"), DigestOf("layer")));
        var failure = await Assert.ThrowsAsync<TransferException>(() => DigestOfAsync(source, Repository, DigestOf("the lost layer")));
        Assert.Equal(ErrorCode.BlobMissing, failure.Error.Code);
        Assert.Contains("damaged", failure.Error.Hint, StringComparison.Ordinal);
        Assert.Equal(lost.Digest, Assert.Single(await source.ListImagesAsync(Repository, untagged: false, default).ToListAsync()).Digest);
    }

    [Fact]
    public void What_lacks_its_end_mark_or_goes_on_behind_it_is_told()
    {
        Tree.AddImage("a", "latest", "layer");
        File.WriteAllBytes(TarPath, [.. TreeMembers().SelectMany(member => member)]);
        Assert.Contains("no end mark", DamageOf(), StringComparison.Ordinal);
        File.WriteAllBytes(TarPath, [.. TreeMembers().SelectMany(member => member), .. new byte[1024], .. Member("another", "x")]);
        Assert.Contains("behind its end mark", DamageOf(), StringComparison.Ordinal);
        File.WriteAllBytes(TarPath, [.. new byte[512], .. TreeMembers().SelectMany(member => member), .. new byte[1024]]);
        Assert.Contains("block of zeros", DamageOf(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_million_tiny_members_are_refused_at_the_bound_in_members_or_in_memory(bool isCompressed)
    {
        using (Stream file = isCompressed ? new GZipStream(File.Create(TarPath), CompressionLevel.Fastest) : File.Create(TarPath))
            for (var i = 0; i < 1_000_000; i++)
                file.Write(Header($"{V2}blobs/{i}", 0));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var members = Refusal(new RegistryTreeOptions { TarMembers = 100_000 });
        Assert.Contains("more than 100000 members", members.Message, StringComparison.Ordinal);
        var memory = Refusal(new RegistryTreeOptions { TarIndexBytes = 16 * 1024 * 1024 });
        Assert.Contains("more than 16 MB", memory.Message, StringComparison.Ordinal);
        // An index of all of them takes 110 MB; other tests run meanwhile in this process.
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 64 * 1024 * 1024);
    }

    [Fact]
    public void A_small_file_that_unpacks_to_a_large_index_is_refused_long_before_an_honest_one_would_be()
    {
        using (var file = new GZipStream(File.Create(TarPath), CompressionLevel.SmallestSize))
            for (var i = 0; i < 10_000; i++)
                foreach (var piece in LongMember(string.Join('/', Enumerable.Range(0, 60).Select(part => $"{i}-{part}-".PadRight(250, 'x'))), ""))
                    file.Write(piece);
        var length = new FileInfo(TarPath).Length;
        Assert.InRange(length, 0, 4_000_000);
        var refusal = Refusal(new RegistryTreeOptions());
        Assert.Equal((ErrorCode.SourceUnreadable, ErrorScope.Endpoint), (refusal.Code, refusal.Scope));
        Assert.Contains($"more than {64 + (32 * length / (1024 * 1024))} MB of memory", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chain_of_a_hundred_thousand_hard_links_is_followed_once()
    {
        const int Links = 100_000;
        Tree.AddImage("a", "latest", "layer");
        var name = NameOf(Tree.BlobPath(DigestOf("layer")));
        Directory.CreateDirectory(Outside);
        File.Move(Tree.BlobPath(DigestOf("layer")), Path.Join(Outside, "layer"));
        var members = TreeMembers().Concat([Member("././@LongLink", name + "\0", 'L'), Header("x", 0, '1', "link0")])
            .Concat(Enumerable.Range(0, Links).Select(i => Header($"link{i}", 0, '1', $"link{i + 1}"))).Append(Member($"link{Links}", "layer")).ToList();
        File.Move(Path.Join(Outside, "layer"), Tree.BlobPath(DigestOf("layer")));
        WriteTar(members);
        await HoldsTheTreeAsync();
    }

    [Fact]
    public void Long_names_count_for_the_memory_they_take()
    {
        using (var file = File.Create(TarPath))
            for (var i = 0; i < 2_000; i++)
            {
                var name = string.Join('/', Enumerable.Range(0, 60).Select(part => $"{i}-{part}-".PadRight(250, 'x')));
                foreach (var piece in LongMember(name, ""))
                    file.Write(piece);
            }
        Assert.Contains("more than 8 MB", Refusal(new RegistryTreeOptions { TarIndexBytes = 8 * 1024 * 1024 }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_deeper_or_longer_than_any_file_system_takes_are_left_out()
    {
        Tree.AddImage("a", "latest", "layer");
        WriteTar([.. TreeMembers(), .. LongMember(string.Join('/', Enumerable.Repeat("x", 100_000)), "x"), .. LongMember(new string('y', 300), "x")]);
        await HoldsTheTreeAsync();
    }

    [Fact]
    public void A_bomb_of_zeros_is_the_end_of_an_archive()
    {
        using (var gzip = new GZipStream(File.Create(TarPath), CompressionLevel.Fastest))
        {
            gzip.Write(new byte[1024]);
            var zeros = new byte[1024 * 1024];
            for (var i = 0; i < 300; i++)
                gzip.Write(zeros);
        }
        var failure = Refusal(new RegistryTreeOptions());
        Assert.Equal(ErrorCode.SourceNotFound, failure.Code);
    }

    [Theory]
    [InlineData("endless", "99999999999999")]
    [InlineData("negative", "-1")]
    public async Task A_sparse_file_that_claims_to_be_endless_is_not_read(string name, string size)
    {
        Tree.AddImage("a", "latest", "layer");
        var blob = DigestOf(name);
        var records = string.Concat(new[] { "GNU.sparse.major=1", "GNU.sparse.minor=0", $"GNU.sparse.name={NameOf(Tree.BlobPath(blob))}", $"GNU.sparse.realsize={size}" }.Select(Record));
        WriteTar([.. TreeMembers(), Member("PaxHeaders/x", records, 'x'), Member("GNUSparseFile.0/x", "1\n0\n0\n" + new string('\0', 506))]);
        await using var source = RegistryTreeSource.OpenTar(TarPath);
        var failure = await Assert.ThrowsAsync<TransferException>(() => DigestOfAsync(source, Repository, blob));
        Assert.Equal(blob, failure.Error.Digest);
        Assert.Equal(DigestOf("layer"), await DigestOfAsync(source, Repository, DigestOf("layer")));
    }

    [Theory]
    [InlineData("999999\n0\n0\n")]
    [InlineData("2\n0\n100\n50\n100\n")]
    [InlineData("1\n0\n99999\n")]
    [InlineData("1\nx\n0\n")]
    [InlineData("no list at all")]
    public async Task A_list_of_holes_that_makes_no_sense_spoils_its_member_alone(string list)
    {
        Tree.AddImage("a", "latest", "layer");
        var blob = DigestOf("sparse");
        var records = string.Concat(new[] { "GNU.sparse.major=1", "GNU.sparse.minor=0", $"GNU.sparse.name={NameOf(Tree.BlobPath(blob))}", "GNU.sparse.realsize=1000" }.Select(Record));
        WriteTar([Member("PaxHeaders/x", records, 'x'), Member("GNUSparseFile.0/x", list + new string('\0', 512 - list.Length) + "data"), .. TreeMembers()]);
        await using var source = RegistryTreeSource.OpenTar(TarPath);
        var failure = await Assert.ThrowsAsync<TransferException>(() => DigestOfAsync(source, Repository, blob));
        Assert.Equal(ErrorCode.SourceUnreadable, failure.Error.Code);
        Assert.Equal(DigestOf("layer"), await DigestOfAsync(source, Repository, DigestOf("layer")));
    }

    [Fact]
    public async Task A_manifest_that_lies_about_its_digest_is_refused()
    {
        var honest = Tree.AddImage("a", "latest", "layer");
        var other = Tree.AddImage("b", "other", "other");
        File.Copy(Tree.BlobPath(other.Digest), Tree.BlobPath(honest.Digest), overwrite: true);
        foreach (var arguments in new[] { new[] { "--format=gnu" }, ["--gzip"] })
        {
            PackByTar(arguments);
            await using var source = RegistryTreeSource.OpenTar(TarPath);
            var failure = await Assert.ThrowsAsync<TransferException>(async () => await source.ReadManifestAsync(Repository, honest.Digest, default));
            Assert.Equal(ErrorCode.ManifestDigestMismatch, failure.Error.Code);
        }
    }

    [Fact]
    public async Task Hard_links_in_a_circle_or_to_nothing_are_told()
    {
        Tree.AddImage("a", "latest", "layer");
        var (one, two) = (DigestOf("one"), DigestOf("two"));
        WriteTar([.. TreeMembers(),
            Member("././@LongLink", NameOf(Tree.BlobPath(two)) + "\0", 'K'), Member("././@LongLink", NameOf(Tree.BlobPath(one)) + "\0", 'L'), Header("x", 0, '1'),
            Member("././@LongLink", NameOf(Tree.BlobPath(one)) + "\0", 'K'), Member("././@LongLink", NameOf(Tree.BlobPath(two)) + "\0", 'L'), Header("x", 0, '1')]);
        await using var source = RegistryTreeSource.OpenTar(TarPath);
        var failure = await Assert.ThrowsAsync<TransferException>(() => DigestOfAsync(source, Repository, one));
        Assert.Contains("names no file", failure.Error.Message, StringComparison.Ordinal);
    }

    private static string Record(string record)
    {
        // The length counts itself.
        var length = record.Length + 2;
        while ($"{length} {record}\n".Length != length)
            length = $"{length} {record}\n".Length;
        return $"{length} {record}\n";
    }

    private string DamageOf()
    {
        using var view = RegistryTreeView.OpenTar(TarPath);
        Assert.Equal([RepositoryName.Parse("a")], view.ListRepositories());
        return view.Damage!;
    }

    private TransferError Refusal(RegistryTreeOptions options)
    {
        var error = Assert.Throws<TransferException>(() => RegistryTreeSource.OpenTar(TarPath, options)).Error;
        Assert.Equal(ErrorScope.Endpoint, error.Scope);
        return error;
    }
}
