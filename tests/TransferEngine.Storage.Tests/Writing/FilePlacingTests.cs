using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;
using TransferEngine.Storage.Tests.RegistryTree;
using TransferEngine.TestKit;

namespace TransferEngine.Storage.Tests.Writing;

/// <summary>Whether blobs are linked, cloned or copied into a tree, and whose they are then.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class FilePlacingTests : TreeTargetTest
{
    [Theory]
    [InlineData(LinkMode.Auto)]
    [InlineData(LinkMode.Hard)]
    public async Task On_one_file_system_a_blob_is_one_file_by_two_names(LinkMode mode)
    {
        var blob = Blob("layer");
        await using var target = Open(new() { Link = mode });
        await TakeAsync(target, App, blob);
        var (number, links) = InodeOf(blob.File.Path);
        Assert.Equal(2UL, links);
        Assert.Equal(number, InodeOf(Places.BlobPath(blob.Blob.Digest)).Number);
        Assert.Empty(target.Notes);
    }

    [Fact]
    public async Task A_copy_that_was_told_is_a_file_of_its_own_and_no_news()
    {
        var blob = Blob("layer");
        await using var target = Open(new() { Link = LinkMode.Copy });
        await TakeAsync(target, App, blob);
        Assert.Equal(1UL, InodeOf(blob.File.Path).Links);
        Assert.Equal("layer", await File.ReadAllTextAsync(Places.BlobPath(blob.Blob.Digest)));
        Assert.Empty(target.Notes);
    }

    [Fact]
    public async Task Across_file_systems_blobs_are_copied_which_is_said()
    {
        using var elsewhere = new OtherFileSystem(InFolder());
        var (first, second) = (Blob("layer"), Blob("more"));
        await using var target = RegistryTreeTarget.Open(elsewhere.Of("tree"));
        await TakeAsync(target, App, first);
        await TakeAsync(target, App, second);
        await TakeAsync(target, Other, second);
        Assert.Equal(5, await target.HeadBlobAsync(App, first.Blob.Digest, default));
        Assert.Equal(["2 blobs were copied, 9 bytes: source and target lie on different file systems."], target.Notes);
    }

    [Fact]
    public async Task Told_to_link_only_it_fails_across_file_systems_and_leaves_nothing()
    {
        using var elsewhere = new OtherFileSystem(InFolder());
        await using (var target = RegistryTreeTarget.Open(elsewhere.Of("tree"), new() { Link = LinkMode.Hard }))
        {
            var failure = await Assert.ThrowsAsync<TransferException>(() => TakeAsync(target, App, Blob("layer")));
            Assert.Equal(ErrorCode.TargetUnwritable, failure.Error.Code);
            Assert.Contains("different file systems", failure.Error.Message, StringComparison.Ordinal);
        }
        Assert.Empty(Directory.EnumerateFiles(elsewhere.Path, "*", SearchOption.AllDirectories));
    }

    /// <summary>/dev/shm is never a file system that shares blocks with another.</summary>
    [Fact]
    public async Task Told_to_clone_only_it_fails_where_no_blocks_can_be_shared()
    {
        using var memory = new TemporaryFolder(inMemory: true);
        await using (var target = RegistryTreeTarget.Open(memory.Of("tree"), new() { Link = LinkMode.Reflink }))
        {
            var failure = await Assert.ThrowsAsync<TransferException>(() => TakeAsync(target, App, Blob("layer")));
            Assert.Equal(ErrorCode.TargetUnwritable, failure.Error.Code);
        }
        Assert.Empty(Directory.EnumerateFiles(memory.Path, "*", SearchOption.AllDirectories));
    }

    /// <summary>The kernel's protected_hardlinks; where it is switched off, the link is allowed and as good.</summary>
    [Fact]
    public async Task A_file_of_another_user_is_copied_where_the_system_forbids_the_link()
    {
        var isProtected = (await File.ReadAllTextAsync("/proc/sys/fs/protected_hardlinks")).Trim() != "0";
        var blob = Blob("layer");
        Directory.CreateDirectory(TargetPath);
        File.SetUnixFileMode(TargetPath, (UnixFileMode)0x1ff);
        await using var target = Open();
        // Reading it is all that others may: then the link is forbidden to them.
        File.SetUnixFileMode(blob.File.Path, UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        Assert.True(AnotherUser.Run(() => target.TakeFileAsync(App, blob.Blob, blob.File, default).GetAwaiter().GetResult()));
        Assert.Equal(isProtected ? 1UL : 2UL, InodeOf(blob.File.Path).Links);
        Assert.Equal(5, await target.HeadBlobAsync(App, blob.Blob.Digest, default));
        Assert.Equal(isProtected ? 1 : 0, target.Notes.Count);
    }

    [Fact]
    public async Task A_damaged_blob_that_is_there_is_replaced()
    {
        var blob = Blob("layer");
        Places.WriteBlob(blob.Blob.Digest, "lay"u8);
        await using var target = Open();
        await TakeAsync(target, App, blob);
        Assert.Equal("layer", await File.ReadAllTextAsync(Places.BlobPath(blob.Blob.Digest)));
        Assert.Equal([Places.BlobPath(blob.Blob.Digest)], Directory.EnumerateFileSystemEntries(Places.BlobFolder(blob.Blob.Digest)));
    }

    [Fact]
    public async Task A_file_that_is_gone_or_has_another_length_by_now_is_not_taken_and_leaves_nothing()
    {
        var (blob, file) = Blob("layer");
        await using (var target = Open())
        {
            Assert.False(await target.TakeFileAsync(App, blob, file with { Path = InFolder("nowhere") }, default));
            await File.AppendAllTextAsync(file.Path, "more");
            Assert.False(await target.TakeFileAsync(App, blob, file, default));
        }
        Assert.False(Directory.Exists(TargetPath));
    }

    [Fact]
    public async Task Without_the_right_to_give_files_away_nothing_is_written()
    {
        Directory.CreateDirectory(TargetPath);
        File.SetUnixFileMode(TargetPath, (UnixFileMode)0x1ff);
        var blob = Blob("layer");
        await using var target = Open(new() { Owner = new FileOwner(10000, 10000) });
        var failure = AnotherUser.Run(() => Assert.ThrowsAsync<TransferException>(() => TakeAsync(target, App, blob)).GetAwaiter().GetResult());
        Assert.Equal((ErrorCode.TargetUnwritable, ErrorScope.Endpoint), (failure.Error.Code, failure.Error.Scope));
        Assert.Contains("10000:10000", failure.Error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(TargetPath));
    }

    /// <summary>Only root may give files away; for others, the test above says what happens.</summary>
    [Fact]
    public async Task All_that_is_written_belongs_to_the_owner_that_was_told_and_the_source_stays()
    {
        var wanted = Environment.IsPrivilegedProcess ? new FileOwner(10000, 10001) : new FileOwner(OwnerOf(InFolder()).User, OwnerOf(InFolder()).Group);
        var (config, layer) = (Blob("{}"), Blob("layer"));
        var before = OwnerOf(layer.File.Path);
        await using (var target = Open(new() { Owner = wanted }))
        {
            await TakeAsync(target, App, config);
            await UploadAsync(target, App, layer.Blob, "layer"u8.ToArray());
            await target.MountBlobAsync(Other, layer.Blob.Digest, App, default);
            await target.PutManifestAsync(App, Tag.Parse("1"), ManifestOf(config.Blob, layer.Blob), default);
        }
        Assert.All(Directory.EnumerateFileSystemEntries(TargetPath, "*", SearchOption.AllDirectories).Append(TargetPath),
            path => Assert.Equal((wanted.User, wanted.Group), OwnerOf(path)));
        Assert.Equal(before, OwnerOf(layer.File.Path));
    }

    [Theory]
    [InlineData("10000:10000", true)]
    [InlineData("0:0", true)]
    [InlineData("harbor:harbor", false)]
    [InlineData("10000", false)]
    [InlineData("-1:0", false)]
    [InlineData("4294967295:0", false)]
    [InlineData("1:2:3", false)]
    [InlineData("", false)]
    public void An_owner_is_two_numbers(string text, bool isOwner)
    {
        Assert.Equal(isOwner, FileOwner.TryParse(text, out var owner));
        if (isOwner)
            Assert.Equal(text, owner.ToString());
    }
}
