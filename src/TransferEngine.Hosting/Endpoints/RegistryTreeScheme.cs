using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Hosting;

/// <summary>The storage tree of a Docker registry, read and written with no registry process in front.</summary>
internal sealed class RegistryTreeScheme(TimeProvider time) : ISourceScheme, ITargetScheme
{
    public const string Name = "registry-tree";

    public string Scheme => Name;

    public string Form => "registry-tree:PATH";

    public IImageSource OpenSource(string rest, EndpointSettings settings) => RegistryTreeSource.Open(PathIn(rest));

    public IImageTarget OpenTarget(string rest, EndpointSettings settings) => RegistryTreeTarget.Open(PathIn(rest), OptionsOf(settings.Files), time);

    internal static RegistryTreeTargetOptions OptionsOf(FileSettings? files) => new()
    {
        Link = files?.Link ?? LinkMode.Auto,
        Owner = files?.Owner,
        IsHarbor1 = files?.IsHarbor1 ?? false,
    };

    private static string PathIn(string rest) => rest.Length > 0 ? rest
        : throw Endpoints.Invalid("The address names no folder.", "Write registry-tree:PATH, for example registry-tree:/var/lib/registry.");
}
