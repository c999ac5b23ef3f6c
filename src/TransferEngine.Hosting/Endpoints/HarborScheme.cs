using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TransferEngine.Images;
using TransferEngine.Registry;

namespace TransferEngine.Hosting;

/// <summary>Harbor, with its projects.</summary>
internal sealed class HarborScheme(
    IOptions<RegistryOptions> options, IOptions<HarborOptions> harbor, TimeProvider time, AuthFiles? authFiles = null, ILoggerFactory? loggers = null)
    : ISourceScheme, ITargetScheme
{
    private readonly EndpointCredentialSources _credentials = new(authFiles ?? AuthFiles.OfProcess(time));

    public string Scheme => "harbor";

    public string Form => "harbor://host[:port][/project[/prefix]]";

    public IImageSource OpenSource(string rest, EndpointSettings settings) => HarborSource.Create(
        DockerScheme.ParseAddress(rest, Form, "--src-creds"), DockerScheme.Merge(options.Value, settings), _credentials.Of(settings), time, loggers);

    public IImageTarget OpenTarget(string rest, EndpointSettings settings) => HarborTarget.Create(
        DockerScheme.ParseAddress(rest, Form, "--dest-creds"), DockerScheme.Merge(options.Value, settings),
        Merge(harbor.Value, settings.Harbor), _credentials.Of(settings), time, loggers);

    // What was said for this endpoint goes before what is configured for all.
    internal static HarborOptions Merge(HarborOptions configured, HarborSettings? settings) => new()
    {
        CreateProjects = settings?.CreateProjects ?? configured.CreateProjects,
        Visibility = settings?.Visibility ?? configured.Visibility,
        StorageLimit = settings?.StorageLimit ?? configured.StorageLimit,
        DefaultProject = settings?.DefaultProject ?? configured.DefaultProject,
        PushesPerProject = configured.PushesPerProject,
    };
}
