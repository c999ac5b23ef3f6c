using System.IO.Pipelines;
using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Storage.Tests.Writing;

public sealed class TreeWriterTests : IDisposable
{
    private static readonly RepositoryName App = RepositoryName.Parse("team/app");
    private static readonly RepositoryName Other = RepositoryName.Parse("team/app/other");
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task A_blob_pushed_by_sha512_is_kept_by_sha256_and_found_by_both()
    {
        using var writer = RegistryTreeWriter.OpenOrCreate(_folder.Path);
        byte[] content = [1, 2, 3];
        var sha512 = Digest.Parse("sha512:" + Convert.ToHexStringLower(SHA512.HashData(content)));
        var upload = await UploadAsync(writer, App, content);
        Assert.Equal(Digest.OfSha256(content), writer.CommitUpload(upload, sha512)!.Value.Digest);
        Assert.Equal(3, writer.View.FindBlob(App, sha512)!.Value.Length);
        Assert.Equal(3, writer.View.FindBlob(App, Digest.OfSha256(content))!.Value.Length);
        Assert.Null(writer.View.FindBlob(Other, sha512));
    }

    [Fact]
    public async Task An_upload_outlives_the_process_and_is_hashed_then()
    {
        byte[] content = [1, 2, 3, 4];
        string id;
        using (var writer = RegistryTreeWriter.OpenOrCreate(_folder.Path))
            id = (await UploadAsync(writer, App, content[..2])).Id;
        using var later = RegistryTreeWriter.OpenOrCreate(_folder.Path);
        var upload = later.FindUpload(App, id);
        Assert.Equal(2, upload!.Length);
        await upload.AppendAsync(PipeReader.Create(new MemoryStream(content[2..])), CancellationToken.None);
        Assert.NotNull(later.CommitUpload(upload, Digest.OfSha256(content)));
        Assert.Null(later.FindUpload(App, id));
    }

    [Fact]
    public async Task Content_with_another_digest_leaves_nothing()
    {
        using var writer = RegistryTreeWriter.OpenOrCreate(_folder.Path);
        var upload = await UploadAsync(writer, App, [1, 2, 3]);
        Assert.Null(writer.CommitUpload(upload, Digest.OfSha256([9])));
        Assert.Empty(Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_stored_blob_of_the_wrong_length_is_replaced()
    {
        byte[] content = [1, 2, 3];
        var digest = Digest.OfSha256(content);
        var damaged = new StorageTreeBuilder(_folder.Path).BlobPath(digest);
        Directory.CreateDirectory(Path.GetDirectoryName(damaged)!);
        await File.WriteAllBytesAsync(damaged, []);
        using var writer = RegistryTreeWriter.OpenOrCreate(_folder.Path);
        writer.CommitUpload(await UploadAsync(writer, App, content), digest);
        Assert.Equal(content, await File.ReadAllBytesAsync(damaged));
    }

    [Fact]
    public async Task Only_uploads_that_nobody_touched_are_purged()
    {
        using var writer = RegistryTreeWriter.OpenOrCreate(_folder.Path, TimeProvider.System);
        var old = await UploadAsync(writer, App, [1]);
        var fresh = await UploadAsync(writer, Other, [2]);
        File.SetLastWriteTimeUtc(_folder.Of("docker/registry/v2/repositories/team/app/_uploads", old.Id, "data"), Start.UtcDateTime);
        writer.PurgeUploads(TimeSpan.FromDays(7));
        using var later = RegistryTreeWriter.OpenOrCreate(_folder.Path);
        Assert.Null(later.FindUpload(App, old.Id));
        Assert.NotNull(later.FindUpload(Other, fresh.Id));
    }

    [Fact]
    public void A_folder_that_leads_out_of_the_tree_is_not_written_to()
    {
        using var writer = RegistryTreeWriter.OpenOrCreate(_folder.Of("tree"));
        Directory.CreateDirectory(_folder.Of("outside"));
        Directory.CreateSymbolicLink(_folder.Of("tree/docker/registry/v2/repositories/team"), _folder.Of("outside"));
        var failure = Assert.Throws<TransferException>(() => writer.StartUpload(App));
        Assert.Equal(ErrorCode.SourceOutsideRoot, failure.Error.Code);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Of("outside")));
    }

    /// <summary>Any sequence of pushes and deletions: the tree shows what a model of sets and dictionaries shows, also when it is opened anew.</summary>
    [Fact]
    public void The_tree_agrees_with_a_model_of_it()
    {
        var images = Enumerable.Range(0, 3).Select(i => new ImageSpec(new Descriptor(MediaType.OciConfig, Digest.OfSha256([(byte)i]), 1), []))
            .Select(spec => ManifestWriter.Image(spec)).Select(bytes => ManifestReader.Read(bytes, Digest.OfSha256(bytes))).ToArray();
        var step = from kind in Gen.Choose(0, 2) from repository in Gen.Choose(0, 1) from tag in Gen.Choose(0, 2) from image in Gen.Choose(0, 2) select (kind, repository, tag, image);
        var number = 0;
        Prop.ForAll(step.ListOf().ToArbitrary(), steps =>
        {
            using var writer = RegistryTreeWriter.OpenOrCreate(_folder.Of($"run{number++}"));
            foreach (var repository in new[] { App, Other })
                for (var i = 0; i < images.Length; i++)
                    writer.CommitUpload(UploadAsync(writer, repository, [(byte)i]).GetAwaiter().GetResult(), Digest.OfSha256([(byte)i]));
            var model = new Model();
            foreach (var (kind, repository, tag, image) in steps)
                model.Do(writer, kind, repository == 0 ? App : Other, Tag.Parse($"t{tag}"), images[image]);
            return model.Agrees(writer.View, images);
        }).QuickCheckThrowOnFailure();
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<TreeUpload> UploadAsync(RegistryTreeWriter writer, RepositoryName repository, byte[] content)
    {
        var upload = writer.StartUpload(repository);
        await upload.AppendAsync(PipeReader.Create(new MemoryStream(content)), CancellationToken.None);
        return upload;
    }

    private sealed class Model
    {
        private readonly HashSet<(RepositoryName, Digest)> _revisions = [];
        private readonly Dictionary<(RepositoryName Repository, Tag Tag), Digest> _tags = [];

        public void Do(RegistryTreeWriter writer, int kind, RepositoryName repository, Tag tag, Manifest image)
        {
            switch (kind)
            {
                case 0:
                    writer.PutManifest(repository, image, tag);
                    _revisions.Add((repository, image.Digest));
                    _tags[(repository, tag)] = image.Digest;
                    break;
                case 1:
                    Assert.Equal(_tags.Remove((repository, tag)), writer.DeleteTag(repository, tag));
                    break;
                default:
                    Assert.Equal(_revisions.Remove((repository, image.Digest)), writer.DeleteManifest(repository, image.Digest));
                    foreach (var named in _tags.Where(entry => entry.Key.Repository == repository && entry.Value == image.Digest).ToList())
                        _tags.Remove(named.Key);
                    break;
            }
        }

        public bool Agrees(RegistryTreeView view, Manifest[] images)
        {
            foreach (var repository in new[] { App, Other })
            {
                var tags = _tags.Where(entry => entry.Key.Repository == repository).ToList();
                Assert.Equal(tags.Select(entry => entry.Key.Tag).Order(), view.ListTags(repository) ?? []);
                Assert.All(tags, entry => Assert.Equal(entry.Value, view.FindTag(repository, entry.Key.Tag)));
                Assert.All(images, image => Assert.Equal(_revisions.Contains((repository, image.Digest)), view.FindManifest(repository, image.Digest) is not null));
            }
            return true;
        }
    }
}
