using TransferEngine.Images;
using TransferEngine.Storage.Folders;

namespace TransferEngine.Hosting;

/// <summary>Image folders as skopeo's <c>dir:</c> transport has them: one of them or a forest as source, a forest as target. All of the address is the path, with its colons.</summary>
internal sealed class DirScheme : ISourceScheme, ITargetScheme
{
    public string Scheme => "dir";

    public string Form => "dir:PATH";

    public IImageSource OpenSource(string rest, EndpointSettings settings) => DirSource.Open(PathIn(rest));

    public IImageTarget OpenTarget(string rest, EndpointSettings settings) => settings.Files is { Owner: not null }
        ? throw Endpoints.Invalid("Image folders are not given to another owner.", "Leave --chown away, and change the owner afterwards.")
        : DirTarget.Create(PathIn(rest), settings.Files?.Link ?? LinkMode.Auto);

    private static string PathIn(string rest) => rest.Length > 0 ? rest
        : throw Endpoints.Invalid("The address names no folder.", "Write dir:PATH: an image's folder, or the folder of many of them.");
}
