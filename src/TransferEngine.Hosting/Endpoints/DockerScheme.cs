using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TransferEngine.Images;
using TransferEngine.Registry;

namespace TransferEngine.Hosting;

/// <summary>A registry that speaks the distribution specification. A Harbor that is addressed so is recognised.</summary>
internal sealed class DockerScheme(
    IOptions<RegistryOptions> options, IOptions<HarborOptions> harbor, TimeProvider time, AuthFiles? authFiles = null, ILoggerFactory? loggers = null)
    : ISourceScheme, ITargetScheme
{
    private readonly EndpointCredentialSources _credentials = new(authFiles ?? AuthFiles.OfProcess(time));

    public string Scheme => "docker";

    public string Form => "docker://host[:port][/prefix]";

    public IImageSource OpenSource(string rest, EndpointSettings settings) =>
        DetectingSource.Create(ParseAddress(rest, Form, "--src-creds"), Merge(options.Value, settings), _credentials.Of(settings), time, loggers);

    public IImageTarget OpenTarget(string rest, EndpointSettings settings)
    {
        var endpoint = ParseAddress(rest, Form, "--dest-creds");
        return DetectingTarget.Create(
            endpoint, Merge(options.Value, settings), HarborScheme.Merge(harbor.Value, settings.Harbor), _credentials.Of(settings), time, loggers);
    }

    /// <param name="rest">The address behind the scheme.</param>
    /// <param name="form">How it should be written.</param>
    /// <param name="flag">Where credentials belong instead.</param>
    internal static RegistryEndpoint ParseAddress(string rest, string form, string flag)
    {
        if (!rest.StartsWith("//", StringComparison.Ordinal) || rest.Length == 2)
            throw Endpoints.Invalid("The address names no host.", $"Write {form}.");
        // Refused before anything parses it: no message may repeat a password.
        if (rest.Contains('@', StringComparison.Ordinal))
            throw Endpoints.Invalid("The address of a registry holds an at sign: credentials do not belong there.", $"Use {flag}, or the endpoint's settings.");
        return RegistryEndpoint.Parse(rest[2..]);
    }

    // What was said for this endpoint goes before what is configured for all.
    internal static RegistryOptions Merge(RegistryOptions configured, EndpointSettings settings) => new()
    {
        RetryTimes = settings.RetryTimes ?? configured.RetryTimes,
        RetryDelay = configured.RetryDelay,
        MaxRetryDelay = configured.MaxRetryDelay,
        MaxOutage = configured.MaxOutage,
        ConnectTimeout = configured.ConnectTimeout,
        IdleTimeout = configured.IdleTimeout,
        TlsVerify = settings.VerifyTls ?? configured.TlsVerify,
        CertDir = settings.CertificateFolder ?? configured.CertDir,
        TrustedRealms = settings.TrustedRealms.Count > 0 ? settings.TrustedRealms : configured.TrustedRealms,
    };
}
