using System.Formats.Tar;
using System.IO.Pipelines;
using System.Text;
using TransferEngine.Images;
using TransferEngine.Storage.Layouts;
using TransferEngine.Storage.RegistryTree;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Storage.Tests.Layouts;

/// <summary>A storage tree and a place for layouts of its own for each test, and the few steps of a migration between them.</summary>
public abstract class LayoutTest : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    protected LayoutTest() => Tree = new StorageTreeBuilder(_folder.Of("registry"));

    protected StorageTreeBuilder Tree { get; }

    protected string PathOf(string name) => _folder.Of(name);

    protected RegistryTreeSource OpenTree() => RegistryTreeSource.Open(Tree.Root);

    protected OciLayoutSource OpenLayout(string name = "layout", string? only = null) => OciLayoutSource.Open(new LayoutAddress(PathOf(name), only));

    protected OciLayoutTarget TargetLayout(string name = "layout", TimeProvider? time = null) => OciLayoutTarget.Create(new LayoutAddress(PathOf(name), null), time: time);

    protected IImageSource OpenSource(string scheme, string name) =>
        scheme == "oci" ? OciLayoutSource.Open(new LayoutAddress(PathOf(name), null)) : OciLayoutSource.OpenArchive(new LayoutAddress(PathOf(name), null));

    protected IImageTarget OpenTarget(string scheme, string name) =>
        scheme == "oci" ? OciLayoutTarget.Create(new LayoutAddress(PathOf(name), null)) : OciLayoutTarget.CreateArchive(new LayoutAddress(PathOf(name), null));

    /// <summary>Moves all that a source has, and completes the target.</summary>
    protected static async Task CopyAsync(IImageSource source, IImageTarget target, bool untagged = true)
    {
        await target.CheckAsync(default);
        await PutAllAsync(source, target, untagged);
        await target.CompleteAsync(default);
        await target.DisposeAsync();
        await source.DisposeAsync();
    }

    protected static async Task PutAllAsync(IImageSource source, IImageTarget target, bool untagged = true)
    {
        await foreach (var listed in source.ListRepositoriesAsync(default))
            await foreach (var image in source.ListImagesAsync(listed.Repository!.Value, untagged, default))
                await PutImageAsync(source, target, listed.Repository.Value, image);
    }

    protected static Task PutImageAsync(IImageSource source, IImageTarget target, RepositoryName repository, SourceImage image) =>
        PutAsync(source, target, repository, image.Digest!.Value, image.Tag is { } tag ? tag : image.Digest.Value);

    /// <summary>Children, blobs and referrers first, as the engine does.</summary>
    private static async Task PutAsync(IImageSource source, IImageTarget target, RepositoryName repository, Digest digest, Reference reference)
    {
        var manifest = await source.ReadManifestAsync(repository, digest, default);
        foreach (var child in manifest.Children)
            await PutAsync(source, target, repository, child.Digest, child.Digest);
        foreach (var blob in manifest.Blobs.Where(blob => !blob.IsForeign).DistinctBy(blob => blob.Digest))
            if (await target.HeadBlobAsync(repository, blob.Digest, default) is null)
                await PutBlobAsync(source, target, repository, blob);
        await foreach (var referrer in source.ListReferrersAsync(repository, digest, default))
            await PutAsync(source, target, repository, referrer, referrer);
        await target.PutManifestAsync(repository, reference, manifest, default);
    }

    private static async Task PutBlobAsync(IImageSource source, IImageTarget target, RepositoryName repository, Descriptor blob)
    {
        if (await source.FindFileAsync(repository, blob.Digest, default) is { } file && await target.TakeFileAsync(repository, blob, file, default))
            return;
        var content = await source.OpenBlobAsync(repository, blob.Digest, 0, default);
        await target.PutBlobAsync(await target.StartUploadAsync(repository, default), blob, PipeReader.Create(content), default);
    }

    /// <summary>Every image with its digest, every manifest below it and every blob with the digest of its bytes, a line each.</summary>
    protected static async Task<List<string>> DescribeAsync(IImageSource source)
    {
        var lines = new SortedSet<string>(StringComparer.Ordinal);
        await foreach (var listed in source.ListRepositoriesAsync(default))
        {
            Assert.Null(listed.Error);
            var below = new HashSet<Digest>();
            var untagged = new List<Digest>();
            await foreach (var image in source.ListImagesAsync(listed.Repository!.Value, untagged: true, default))
            {
                Assert.Null(image.Error);
                if (image.Tag is { } tag)
                    lines.Add($"{listed.Name}:{tag} {image.Digest}");
                else
                    untagged.Add(image.Digest!.Value);
                await DescribeAsync(source, listed.Repository.Value, image.Digest!.Value, lines, below);
            }
            // What an index names is an untagged revision for a registry, and for a layout no image of its own.
            foreach (var digest in untagged.Where(digest => !below.Contains(digest)))
                lines.Add($"{listed.Name}@{digest}");
        }
        await source.DisposeAsync();
        return [.. lines];
    }

    private static async Task DescribeAsync(IImageSource source, RepositoryName repository, Digest digest, SortedSet<string> lines, HashSet<Digest> below)
    {
        var manifest = await source.ReadManifestAsync(repository, digest, default);
        lines.Add($"{repository} has {digest} {manifest.MediaType}");
        foreach (var child in manifest.Children)
        {
            below.Add(child.Digest);
            await DescribeAsync(source, repository, child.Digest, lines, below);
        }
        foreach (var blob in manifest.Blobs.Where(blob => !blob.IsForeign))
        {
            await using var content = await source.OpenBlobAsync(repository, blob.Digest, 0, default);
            using var memory = new MemoryStream();
            await content.CopyToAsync(memory);
            Assert.Equal(blob.Digest, blob.Digest.SameAlgorithmOver(memory.ToArray()));
            lines.Add($"{repository} has {blob.Digest} {blob.Size}");
        }
        await foreach (var referrer in source.ListReferrersAsync(repository, digest, default))
        {
            below.Add(referrer);
            lines.Add($"{repository} has {referrer} for {digest}");
            await DescribeAsync(source, repository, referrer, lines, below);
        }
    }

    protected static async Task<List<string>> NamesAsync(IImageSource source, bool untagged = false)
    {
        var names = new List<string>();
        await foreach (var listed in source.ListRepositoriesAsync(default))
            if (listed.Repository is { } repository)
                await foreach (var image in source.ListImagesAsync(repository, untagged, default))
                    names.Add(image.Error is { } error ? $"{listed.Name} {error.Code}" : $"{listed.Name}{(image.Tag is null ? '@' : ':')}{image.Name}");
            else
                names.Add($"{listed.Name} {listed.Error!.Code}");
        return names;
    }

    /// <summary>Packs a folder as <c>tar -C FOLDER -cf FILE .</c> does.</summary>
    protected string Pack(string folder, string name)
    {
        TarFile.CreateFromDirectory(PathOf(folder), PathOf(name), includeBaseDirectory: false);
        return PathOf(name);
    }

    protected static Digest DigestOf(string content) => Digest.OfSha256(Encoding.UTF8.GetBytes(content));

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }
}
