using Microsoft.Extensions.Options;
using TransferEngine.Images;
using TransferEngine.Persistence;
using TransferEngine.Storage.Layouts;

namespace TransferEngine.Hosting;

/// <summary>A tar of an OCI image layout; colons are read as in <see cref="OciScheme"/>.</summary>
internal sealed class OciArchiveScheme(IOptions<JobStoreOptions> jobs, TimeProvider time) : ISourceScheme, ITargetScheme
{
    public string Scheme => "oci-archive";

    public string Form => "oci-archive:FILE[:NAME]";

    public IImageSource OpenSource(string rest, EndpointSettings settings) => OciLayoutSource.OpenArchive(LayoutAddress.Parse(rest), RegistryTarScheme.OptionsFor(jobs.Value));

    public IImageTarget OpenTarget(string rest, EndpointSettings settings) => OciLayoutTarget.CreateArchive(LayoutAddress.Parse(rest), settings.Files?.Owner, time);
}
