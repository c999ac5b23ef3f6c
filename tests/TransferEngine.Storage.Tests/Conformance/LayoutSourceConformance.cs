using TransferEngine.Images;
using TransferEngine.Storage.Layouts;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Conformance;

namespace TransferEngine.Storage.Tests.Conformance;

/// <summary>An OCI image layout in a folder.</summary>
[Conforms<OciLayoutSource>]
public sealed class LayoutSourceConformance : DamagedSourceConformance
{
    private readonly TemporaryFolder _folder = new();
    private int _layouts;

    protected override bool HasDigestsForNames => true;

    protected override Task<IImageSource> OpenAsync(ImageSet set) =>
        Task.FromResult<IImageSource>(OciLayoutSource.Open(new LayoutAddress(set.WriteLayout(_folder.Of($"{++_layouts}")), null)));

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>An OCI image layout in a tar, plain or compressed.</summary>
public abstract class LayoutArchiveConformance(string suffix) : DamagedSourceConformance
{
    private readonly TemporaryFolder _folder = new();
    private int _layouts;

    protected override bool HasDigestsForNames => true;

    protected override Task<IImageSource> OpenAsync(ImageSet set)
    {
        var layout = set.WriteLayout(_folder.Of($"{++_layouts}"));
        var tar = ImageSetForms.Pack(layout, layout + ".tar");
        if (suffix.Length > 0)
            File.WriteAllBytes(tar + suffix, ImageContent.Gzip(File.ReadAllBytes(tar)));
        return Task.FromResult<IImageSource>(OciLayoutSource.OpenArchive(new LayoutAddress(tar + suffix, null)));
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }
}

[Conforms<OciLayoutSource>]
public sealed class PlainLayoutArchiveConformance() : LayoutArchiveConformance("");

[Conforms<OciLayoutSource>]
public sealed class CompressedLayoutArchiveConformance() : LayoutArchiveConformance(".gz");
