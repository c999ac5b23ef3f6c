using Microsoft.Extensions.Options;
using TransferEngine.Images;
using TransferEngine.Registry;

namespace TransferEngine.Hosting;

/// <summary>A registry that speaks the distribution specification.</summary>
internal sealed class DockerScheme(IOptions<RegistryOptions> options, TimeProvider time) : ITargetScheme
{
    public string Scheme => "docker";

    public string Form => "docker://host[:port][/prefix]";

    public IImageTarget OpenTarget(string rest, EndpointSettings settings)
    {
        _ = options.Value; _ = time;
        throw Endpoints.Invalid("stub", Form);
    }
}
