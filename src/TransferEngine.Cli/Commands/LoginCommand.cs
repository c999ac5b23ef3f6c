using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using TransferEngine.Cli.Options;
using TransferEngine.Hosting;
using TransferEngine.Registry;

namespace TransferEngine.Cli.Commands;

/// <summary><c>transfer login</c>: credentials are tried out and kept where docker, podman and skopeo find them too.</summary>
internal sealed class LoginCommand
{
    private readonly Command _command = new("login", "Checks a user and a password against REGISTRY, and keeps them in an auth file for all tools that read it.");
    private readonly Argument<string> _registry = RegistryArgument.Create();

    private readonly Option<string?> _userName = OptionFactory.Value<string?>("--username", "USER", "User name.", "asked for");
    private readonly Option<bool> _stdin = OptionFactory.Flag("--password-stdin", "Read the password from standard input instead of asking for it.");
    private readonly Option<string?> _authFile = RegistryArgument.AuthFileOption();

    private readonly Option<bool?> _verifyTls = OptionFactory.Value<bool?>(
        "--tls-verify", "BOOL", "false: talk over plain HTTP, or HTTPS with a certificate that can't be verified.", "true");

    private readonly Option<string?> _certificates = OptionFactory.Value<string?>(
        "--cert-dir", "DIR", "Certificates: *.crt are further authorities to trust, *.cert with *.key is the client's own.", "the host's folder in /etc/containers/certs.d or /etc/docker/certs.d");

    private readonly Option<string[]> _trustedRealms = OptionFactory.Values(
        "--trusted-realm", "HOST", "Token server, host[:port], that the password may be sent to, beside the registry's own host and those of its domain.", "the configuration's registry.trusted-realms");

    private readonly CliHost _host;
    private readonly GeneralOptions _general;

    private LoginCommand(CliHost host)
    {
        _host = host;
        _userName.Aliases.Add("-u");
        _command.Add(_registry);
        foreach (var option in new Option[] { _userName, _stdin, _authFile, _verifyTls, _certificates, _trustedRealms })
            _command.Add(option);
        _general = new GeneralOptions(_command, host);
    }

    public static Command Create(CliHost host)
    {
        var login = new LoginCommand(host);
        login._command.SetAction(login.RunAsync);
        return login._command;
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var account = RegistryAccount.Parse(parse.GetRequiredValue(_registry));
        await using var services = _general.BuildServices(parse);
        var settings = new EndpointSettings
        {
            Credentials = ReadCredentials(parse),
            VerifyTls = parse.GetValue(_verifyTls),
            CertificateFolder = parse.GetValue(_certificates),
            TrustedRealms = parse.GetValue(_trustedRealms) is { Length: > 0 } realms ? realms : [],
        };
        await using (var registry = services.GetRequiredService<IEndpoints>().OpenTarget(account.Endpoint.ToString(), settings))
            await registry.CheckAsync(cancellationToken);
        var store = services.GetRequiredService<AuthFiles>().OpenStore(parse.GetValue(_authFile));
        var kept = await store.StoreAsync(account, settings.Credentials.User, settings.Credentials.Password, cancellationToken);
        _host.Console.Out.WriteLine($"Logged in to {account} as {Images.Printable.Of(settings.Credentials.User)}; kept in {kept}.");
        return ExitCode.Complete;
    }

    private EndpointCredentials ReadCredentials(ParseResult parse)
    {
        var user = parse.GetValue(_userName) ?? (parse.GetValue(_stdin)
            ? throw new UsageException("--password-stdin needs --username.")
            : _host.Console.Ask("User name: "));
        if (string.IsNullOrEmpty(user) || user.Contains(':', StringComparison.Ordinal))
            throw new UsageException("A user name is needed, and it holds no colon.");
        var password = parse.GetValue(_stdin) ? _host.Console.In.ReadLine() : _host.Console.AskHidden("Password: ");
        return string.IsNullOrEmpty(password)
            ? throw new UsageException("No password was given; where nobody can be asked, use --password-stdin.")
            : new EndpointCredentials(user, password);
    }
}
