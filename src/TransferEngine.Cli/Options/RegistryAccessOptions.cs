using System.CommandLine;

namespace TransferEngine.Cli.Options;

/// <summary>What holds for every registry that a command talks to.</summary>
internal sealed class RegistryAccessOptions
{
    private readonly Option<string?> _authFile = OptionFactory.Value<string?>(
        "--authfile", "FILE", "Auth file, as podman login and docker login write it.", "$REGISTRY_AUTH_FILE, else the files of podman and docker");

    private readonly Option<int?> _retryTimes = OptionFactory.Value<int?>(
        "--retry-times", "N", "How often a request is tried again.", "the configuration's registry.retry-times");

    public RegistryAccessOptions(Command command)
    {
        command.Add(_authFile);
        command.Add(_retryTimes);
    }

    public string? AuthFile(ParseResult parse) => parse.GetValue(_authFile);

    /// <exception cref="UsageException">Less than none.</exception>
    public int? RetryTimes(ParseResult parse) =>
        parse.GetValue(_retryTimes) is not < 0 ? parse.GetValue(_retryTimes) : throw new UsageException("--retry-times can't be negative.");
}
