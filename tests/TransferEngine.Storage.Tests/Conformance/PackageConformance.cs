using TransferEngine.Images;
using TransferEngine.Storage.Packages;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Conformance;
using TransferEngine.TestKit.Memory;

namespace TransferEngine.Storage.Tests.Conformance;

/// <summary>A package of a whole set, as <c>transfer pack</c> makes it.</summary>
[Conforms<PackageSource>]
public sealed class PackageSourceConformance : ExactSourceConformance
{
    private readonly TemporaryFolder _folder = new();
    private int _packages;

    protected override async Task<IImageSource> OpenAsync(ImageSet set)
    {
        var builder = new PackageBuilder();
        await using var source = MemorySource.Of(set);
        foreach (var (name, repository) in set.Repositories)
        {
            foreach (var (tag, digest) in repository.Tags)
                await AddAsync(builder, source, name, tag, digest);
            var below = await BelowAsync(source, name, repository.Tags.Values);
            foreach (var digest in repository.Untagged.Where(digest => !below.Contains(digest)))
                await AddAsync(builder, source, name, null, digest);
        }
        var path = _folder.Of($"{++_packages}.package");
        await PackageWriter.WriteAsync(path, builder, default);
        return Package.Open(path).OpenSource();
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    private static async Task AddAsync(PackageBuilder builder, MemorySource source, RepositoryName repository, Tag? tag, Digest digest)
    {
        var manifests = await TreeAsync(source, repository, digest);
        builder.Add(source, repository, repository, tag, manifests, manifests.SelectMany(manifest => manifest.Blobs).Where(blob => !blob.IsForeign));
    }

    private static async Task<HashSet<Digest>> BelowAsync(MemorySource source, RepositoryName repository, IEnumerable<Digest> roots)
    {
        var below = new HashSet<Digest>();
        foreach (var root in roots)
            below.UnionWith((await TreeAsync(source, repository, root)).Select(manifest => manifest.Digest));
        return below;
    }

    /// <summary>A manifest with all that are below it, itself last.</summary>
    private static async Task<List<Manifest>> TreeAsync(MemorySource source, RepositoryName repository, Digest digest)
    {
        var root = await source.ReadManifestAsync(repository, digest, default);
        var manifests = new List<Manifest>();
        foreach (var child in root.Children)
            manifests.AddRange(await TreeAsync(source, repository, child.Digest));
        return [.. manifests, root];
    }
}
