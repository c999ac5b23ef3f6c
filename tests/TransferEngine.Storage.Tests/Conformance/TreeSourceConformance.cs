using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Conformance;

namespace TransferEngine.Storage.Tests.Conformance;

/// <summary>A storage tree in a folder.</summary>
[Conforms<RegistryTreeSource>]
public sealed class TreeSourceConformance : DamagedSourceConformance
{
    private readonly TemporaryFolder _folder = new();
    private int _trees;

    protected override Task<IImageSource> OpenAsync(ImageSet set) =>
        Task.FromResult<IImageSource>(RegistryTreeSource.Open(set.WriteTree(_folder.Of($"{++_trees}"))));

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>A storage tree in a tar, plain or compressed.</summary>
public abstract class TreeTarConformance(string suffix) : DamagedSourceConformance
{
    private readonly TemporaryFolder _folder = new();
    private int _trees;

    protected override Task<IImageSource> OpenAsync(ImageSet set)
    {
        var tree = set.WriteTree(_folder.Of($"{++_trees}"));
        var tar = ImageSetForms.Pack(tree, tree + ".tar");
        if (suffix.Length > 0)
            File.WriteAllBytes(tar + suffix, ImageContent.Gzip(File.ReadAllBytes(tar)));
        return Task.FromResult<IImageSource>(RegistryTreeSource.OpenTar(tar + suffix));
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }
}

[Conforms<RegistryTreeSource>]
public sealed class PlainTarConformance() : TreeTarConformance("");

[Conforms<RegistryTreeSource>]
public sealed class CompressedTarConformance() : TreeTarConformance(".gz");
