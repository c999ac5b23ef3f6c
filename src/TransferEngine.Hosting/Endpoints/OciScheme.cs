using TransferEngine.Images;
using TransferEngine.Storage.Layouts;

namespace TransferEngine.Hosting;

/// <summary>
/// An OCI image layout in a folder. A colon belongs to the path as far as that exists (<see cref="Storage.NamedPath"/>); the next one begins the name
/// of an image in it.
/// </summary>
internal sealed class OciScheme(TimeProvider time) : ISourceScheme, ITargetScheme
{
    public string Scheme => "oci";

    public string Form => "oci:PATH[:NAME]";

    public IImageSource OpenSource(string rest, EndpointSettings settings) => OciLayoutSource.Open(LayoutAddress.Parse(rest));

    public IImageTarget OpenTarget(string rest, EndpointSettings settings) => OciLayoutTarget.Create(LayoutAddress.Parse(rest), settings.Files?.Link ?? LinkMode.Auto, settings.Files?.Owner, time);
}
