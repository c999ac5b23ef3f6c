using System.CommandLine;
using TransferEngine.Hosting;

namespace TransferEngine.Cli.Options;

/// <summary>How the target is spoken to; named as skopeo's users know it.</summary>
internal sealed class TargetOptions
{
    private readonly Option<string?> _credentials = OptionFactory.Value<string?>(
        "--dest-creds", "USER:PASSWORD", "Credentials for the target. Other users of this machine may see them: better use --dest-password-file.", "none");

    private readonly Option<string?> _userName = OptionFactory.Value<string?>(
        "--dest-username", "USER", "User name for the target, with --dest-password-file or --dest-password-stdin.", "none");

    private readonly Option<string?> _passwordFile = OptionFactory.Value<string?>(
        "--dest-password-file", "FILE", "File whose first line is the password for --dest-username.", "none");

    private readonly Option<bool> _passwordStdin = OptionFactory.Flag("--dest-password-stdin", "Read the password for --dest-username from standard input.");

    private readonly Option<bool?> _verifyTls = OptionFactory.Value<bool?>(
        "--dest-tls-verify", "BOOL", "false: talk to the target over plain HTTP, or HTTPS with a certificate that can't be verified.", "true");

    private readonly Option<string?> _certificates = OptionFactory.Value<string?>(
        "--dest-cert-dir", "DIR", "Folder of *.crt files: further authorities to trust for the target.", "the system's roots alone");

    private readonly Option<int?> _retryTimes = OptionFactory.Value<int?>(
        "--retry-times", "N", "How often a request is tried again.", "the configuration's registry.retry-times");

    public TargetOptions(Command command)
    {
        command.Add(_credentials);
        command.Add(_userName);
        command.Add(_passwordFile);
        command.Add(_passwordStdin);
        command.Add(_verifyTls);
        command.Add(_certificates);
        command.Add(_retryTimes);
    }

    /// <summary>The options whose values are never shown again.</summary>
    public IReadOnlySet<Option> Secrets => new HashSet<Option> { _credentials };

    /// <exception cref="UsageException">The options contradict each other.</exception>
    public EndpointSettings Settings(ParseResult parse, CliConsole console)
    {
        if (parse.GetValue(_retryTimes) < 0)
            throw new UsageException("--retry-times can't be negative.");
        return new EndpointSettings
        {
            Credentials = Credentials(parse, console),
            VerifyTls = parse.GetValue(_verifyTls),
            CertificateFolder = parse.GetValue(_certificates),
            RetryTimes = parse.GetValue(_retryTimes),
        };
    }

    private EndpointCredentials? Credentials(ParseResult parse, CliConsole console)
    {
        var user = parse.GetValue(_userName);
        var file = parse.GetValue(_passwordFile);
        var stdin = parse.GetValue(_passwordStdin);
        if (parse.GetValue(_credentials) is { } both)
        {
            if (user is not null || file is not null || stdin)
                throw new UsageException("--dest-creds can't be given together with --dest-username or a --dest-password option.");
            return Parse(both);
        }
        if (user is null && file is null && !stdin)
            return null;
        if (user is null || (file is null) == !stdin)
            throw new UsageException("--dest-username needs exactly one of --dest-password-file and --dest-password-stdin, and they need it.");
        return new EndpointCredentials(user, stdin ? console.In.ReadLine() ?? "" : ReadFirstLine(file!));
    }

    private static EndpointCredentials Parse(string text)
    {
        try
        {
            return EndpointCredentials.Parse(text);
        }
        catch (FormatException)
        {
            throw new UsageException("--dest-creds is written as USER:PASSWORD.");
        }
    }

    private static string ReadFirstLine(string file)
    {
        try
        {
            return File.ReadLines(file).FirstOrDefault() ?? "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The password file can't be read: {e.Message}");
        }
    }
}
