using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Hosting;

/// <summary>The storage tree of a Docker registry, read with no registry process in front.</summary>
internal sealed class RegistryTreeScheme : ISourceScheme
{
    public const string Name = "registry-tree";

    public string Scheme => Name;

    public string Form => "registry-tree:PATH";

    public IImageSource OpenSource(string rest, EndpointSettings settings) => rest.Length == 0
        ? throw Endpoints.Invalid("The address names no folder.", "Write registry-tree:PATH, for example registry-tree:/var/lib/registry.")
        : RegistryTreeSource.Open(rest);
}
