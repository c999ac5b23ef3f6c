using TransferEngine.Images;
using TransferEngine.Storage.Packages;
using TransferEngine.Storage.RegistryTree;
using TransferEngine.Storage.Tests.RegistryTree;

namespace TransferEngine.Storage.Tests.Packages;

/// <summary>A tree to pack from, and a folder for packages.</summary>
public abstract class PackageTest : TreeTest
{
    protected PackageTest() => Directory.CreateDirectory(Outside);

    protected string PathOf(string file) => Path.Join(Outside, file);

    /// <summary>Packs the tree's tagged images, in an order of the caller's choice.</summary>
    protected async Task<Package> PackAsync(string file, IEnumerable<Package>? bases = null, Func<IEnumerable<PackedImage>, IEnumerable<PackedImage>>? order = null)
    {
        await using var source = Open();
        await PackageWriter.WriteAsync(PathOf(file), await BuilderAsync(source, bases ?? [], order ?? (images => images)), default);
        return Package.Open(PathOf(file));
    }

    protected static async Task<PackageBuilder> BuilderAsync(
        RegistryTreeSource source, IEnumerable<Package> bases, Func<IEnumerable<PackedImage>, IEnumerable<PackedImage>> order)
    {
        var builder = new PackageBuilder();
        foreach (var one in bases)
            builder.AddBase(new PackageBase(Path.GetFileName(one.FilePath), one.Id), one.Index.BlobPlaces());
        var images = new List<PackedImage>();
        await foreach (var repository in source.ListRepositoriesAsync(default))
            await foreach (var image in source.ListImagesAsync(repository.Repository!.Value, untagged: false, default))
                images.Add(new PackedImage(repository.Repository!.Value, image.Tag!.Value, await ManifestsAsync(source, repository.Repository!.Value, image.Digest!.Value)));
        foreach (var image in order(images))
            builder.Add(source, image.Repository, image.Repository, image.Tag, image.Manifests, image.Manifests.SelectMany(manifest => manifest.Blobs));
        return builder;
    }

    protected static async Task<string> TextAsync(PackageSource source, string repository, Digest digest)
    {
        using var reader = new StreamReader(await source.OpenBlobAsync(RepositoryName.Parse(repository), digest, 0, default));
        return await reader.ReadToEndAsync();
    }

    protected static async Task<TransferError> RefusalAsync(Func<Task> action) => (await Assert.ThrowsAsync<TransferException>(action)).Error;

    private static async Task<List<Manifest>> ManifestsAsync(RegistryTreeSource source, RepositoryName repository, Digest digest)
    {
        var root = await source.ReadManifestAsync(repository, digest, default);
        var manifests = new List<Manifest>();
        foreach (var child in root.Children)
            manifests.Add(await source.ReadManifestAsync(repository, child.Digest, default));
        return [.. manifests, root];
    }

    protected sealed record PackedImage(RepositoryName Repository, Tag Tag, IReadOnlyList<Manifest> Manifests);
}
