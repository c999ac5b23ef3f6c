using TransferEngine.Images;
using TransferEngine.TestKit.Conformance;
using TransferEngine.TestKit.Memory;

namespace TransferEngine.Tests.Conformance;

/// <summary>With all platforms that a set has, nothing is another than without the selection.</summary>
[Conforms<PlatformSelection>]
public sealed class PlatformSelectionConformance : DamagedSourceConformance
{
    protected override Task<IImageSource> OpenAsync(ImageSet set) =>
        Task.FromResult(PlatformSelection.Narrow(MemorySource.Of(set), [.. new[] { "linux/amd64", "linux/arm64", "linux/arm" }.Select(Platform.Parse)]));
}

/// <summary>Indexes that lose a platform are other images with other digests, and as whole as any.</summary>
[Conforms<PlatformSelection>]
public sealed class NarrowedPlatformsConformance : SourceConformance
{
    protected override ImageSet Plain() => base.Plain().With(Other, null, One).With(Other, "v1", ImageContent.IndexOf(One.Manifest, Two.Manifest));

    protected override Task<IImageSource> OpenAsync(ImageSet set) => Task.FromResult(PlatformSelection.Narrow(MemorySource.Of(set), [Platform.Parse("linux/amd64")]));
}

/// <summary>A list of whole repositories is all that they have.</summary>
[Conforms<ListedImages>]
public sealed class ListedRepositoriesConformance : DamagedSourceConformance
{
    protected override Task<IImageSource> OpenAsync(ImageSet set) => Task.FromResult<IImageSource>(
        new ListedImages(MemorySource.Of(set), ImageList.Parse(new StringReader(string.Join('\n', set.Repositories.Keys)), host: null)));
}
