using Microsoft.Extensions.Options;
using TransferEngine.Images;
using TransferEngine.Registry;

namespace TransferEngine.Hosting;

/// <summary>A registry that speaks the distribution specification.</summary>
internal sealed class DockerScheme(IOptions<RegistryOptions> options, TimeProvider time, AuthFiles? authFiles = null) : ISourceScheme, ITargetScheme
{
    private readonly EndpointCredentialSources _credentials = new(authFiles ?? AuthFiles.OfProcess(time));

    public string Scheme => "docker";

    public string Form => "docker://host[:port][/prefix]";

    public IImageSource OpenSource(string rest, EndpointSettings settings) =>
        RegistrySource.Create(Parse(rest, "--src-creds"), Merge(options.Value, settings), _credentials.Of(settings), time);

    public IImageTarget OpenTarget(string rest, EndpointSettings settings) =>
        RegistryTarget.Create(Parse(rest, "--dest-creds"), Merge(options.Value, settings), _credentials.Of(settings), time);

    private RegistryEndpoint Parse(string rest, string flag)
    {
        if (!rest.StartsWith("//", StringComparison.Ordinal) || rest.Length == 2)
            throw Endpoints.Invalid("The address names no host.", $"Write {Form}.");
        // Refused before anything parses it: no message may repeat a password.
        if (rest.Contains('@', StringComparison.Ordinal))
            throw Endpoints.Invalid("The address of a registry holds an at sign: credentials do not belong there.", $"Use {flag}, or the endpoint's settings.");
        return RegistryEndpoint.Parse(rest[2..]);
    }

    // What was said for this endpoint goes before what is configured for all.
    private static RegistryOptions Merge(RegistryOptions configured, EndpointSettings settings) => new()
    {
        RetryTimes = settings.RetryTimes ?? configured.RetryTimes,
        RetryDelay = configured.RetryDelay,
        MaxRetryDelay = configured.MaxRetryDelay,
        ConnectTimeout = configured.ConnectTimeout,
        IdleTimeout = configured.IdleTimeout,
        TlsVerify = settings.VerifyTls ?? configured.TlsVerify,
        CertDir = settings.CertificateFolder ?? configured.CertDir,
    };
}
