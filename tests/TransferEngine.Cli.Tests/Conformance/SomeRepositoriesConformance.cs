using TransferEngine.Cli.Commands;
using TransferEngine.Images;
using TransferEngine.TestKit.Conformance;
using TransferEngine.TestKit.Memory;

namespace TransferEngine.Cli.Tests.Conformance;

/// <summary>Of a source that has one repository more.</summary>
[Conforms<SomeRepositories>]
public sealed class SomeRepositoriesConformance : DamagedSourceConformance
{
    protected override Task<IImageSource> OpenAsync(ImageSet set)
    {
        var names = set.Repositories.Keys.Select(name => name.ToString()).ToHashSet(StringComparer.Ordinal);
        var source = MemorySource.Of(set);
        source.AddImage("one/more", "v1", "layer");
        return Task.FromResult<IImageSource>(new SomeRepositories(source, names));
    }
}
