using TransferEngine.Images;
using TransferEngine.Storage.Folders;

namespace TransferEngine.Hosting;

/// <summary>Image folders as skopeo's <c>dir:</c> transport has them: one of them or a forest as source, a forest as target.</summary>
internal sealed class DirScheme : ISourceScheme, ITargetScheme
{
    public string Scheme => "dir";

    public string Form => "dir:PATH";

    public IImageSource OpenSource(string rest, EndpointSettings settings) => DirSource.Open(PathIn(rest));

    public IImageTarget OpenTarget(string rest, EndpointSettings settings) => DirTarget.Create(PathIn(rest));

    private static string PathIn(string rest) => rest.Length > 0 ? rest
        : throw Endpoints.Invalid("The address names no folder.", "Write dir:PATH: an image's folder, or the folder of many of them.");
}
