using Microsoft.Extensions.Options;
using TransferEngine.Images;
using TransferEngine.Persistence;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Hosting;

/// <summary>A tar of a registry's storage tree, read where it lies; its index is kept beside the journals.</summary>
internal sealed class RegistryTarScheme(IOptions<JobStoreOptions> jobs) : ISourceScheme
{
    public const string Name = "registry-tar";

    public string Scheme => Name;

    public string Form => "registry-tar:FILE";

    public IImageSource OpenSource(string rest, EndpointSettings settings) => rest.Length == 0
        ? throw Endpoints.Invalid("The address names no file.", "Write registry-tar:FILE, for example registry-tar:/backup/registry.tar.")
        : RegistryTreeSource.OpenTar(rest, OptionsFor(jobs.Value));

    /// <summary>With the index kept beside the journals.</summary>
    internal static RegistryTreeOptions OptionsFor(JobStoreOptions jobs) => new() { TarIndexFolder = Path.Join(jobs.ResolveDirectory(), "tar-indexes") };
}
