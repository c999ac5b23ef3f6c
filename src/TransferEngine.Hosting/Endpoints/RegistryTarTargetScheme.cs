using TransferEngine.Images;
using TransferEngine.Storage.Tars;

namespace TransferEngine.Hosting;

/// <summary>A tar of a storage tree, as a target.</summary>
internal sealed class RegistryTarTargetScheme(TimeProvider time) : ITargetScheme
{
    public string Scheme => "registry-tar";

    public string Form => "registry-tar:FILE";

    public IImageTarget OpenTarget(string rest, EndpointSettings settings) => rest.Length > 0
        ? RegistryTarTarget.Open(rest, settings.Files?.Owner, time)
        : throw Endpoints.Invalid("The address names no file.", "Write registry-tar:FILE, for example registry-tar:images.tar.");
}
