using TransferEngine.Images;
using TransferEngine.Storage.Layouts;

namespace TransferEngine.Hosting;

/// <summary>A tar of an OCI image layout.</summary>
internal sealed class OciArchiveScheme : ISourceScheme
{
    public string Scheme => "oci-archive";

    public string Form => "oci-archive:FILE[:NAME]";

    public IImageSource OpenSource(string rest, EndpointSettings settings) => OciLayoutSource.OpenArchive(LayoutAddress.Parse(rest));
}
