using System.CommandLine;
using TransferEngine.Hosting;

namespace TransferEngine.Cli.Options;

/// <summary>
/// How one end is spoken to where it is a registry; named as skopeo's users know it. Credentials are taken from the first of: the flags for
/// user and password, the registry token, <c>--src-authfile</c> or <c>--dest-authfile</c>, <c>--authfile</c>, <c>REGISTRY_AUTH_FILE</c>, the
/// auth files of podman and docker.
/// </summary>
internal abstract class EndpointOptions
{
    private readonly string _side;
    private readonly RegistryAccessOptions _shared;
    private readonly PasswordOptions _password;
    private readonly Option<string?> _credentials;
    private readonly Option<string?> _token;
    private readonly Option<string?> _authFile;
    private readonly Option<bool> _anonymous;
    private readonly Option<bool?> _verifyTls;
    private readonly Option<string?> _certificates;
    private readonly Option<string[]> _trustedRealms;

    /// <param name="side"><c>src</c> or <c>dest</c>.</param>
    /// <param name="noun">What the help calls it.</param>
    /// <param name="command">Takes the options.</param>
    /// <param name="shared">What holds for both ends.</param>
    protected EndpointOptions(string side, string noun, Command command, RegistryAccessOptions shared)
    {
        (_side, _shared) = (side, shared);
        _credentials = OptionFactory.Value<string?>($"--{side}-creds", "USER:PASSWORD",
            $"Credentials for the {noun}. Other users of this machine may see them: better use --{side}-password-file or transfer login.", "none");
        _token = OptionFactory.Value<string?>($"--{side}-registry-token", "TOKEN", $"Bearer token that the {noun} takes as it is.", "none");
        _authFile = OptionFactory.Value<string?>($"--{side}-authfile", "FILE", $"Auth file for the {noun}.", "--authfile");
        _anonymous = OptionFactory.Flag($"--{side}-no-creds", $"Use no credentials for the {noun}, even if an auth file holds some.");
        _verifyTls = OptionFactory.Value<bool?>($"--{side}-tls-verify", "BOOL",
            $"false: talk to the {noun} over plain HTTP, or HTTPS with a certificate that can't be verified.", "true");
        _certificates = OptionFactory.Value<string?>($"--{side}-cert-dir", "DIR",
            $"Certificates for the {noun}: *.crt are further authorities to trust, *.cert with *.key is the client's own.", "the host's folder in /etc/containers/certs.d or /etc/docker/certs.d");
        _trustedRealms = OptionFactory.Values($"--{side}-trusted-realm", "HOST",
            $"Token server, host[:port], that the credentials for the {noun} may be sent to, beside the registry's own host and those of its domain.", "the configuration's registry.trusted-realms");
        command.Add(_credentials);
        _password = new PasswordOptions(command, side, noun);
        foreach (var option in new Option[] { _token, _authFile, _anonymous, _verifyTls, _certificates, _trustedRealms })
            command.Add(option);
    }

    /// <summary>The options whose values are never shown again.</summary>
    public IReadOnlySet<Option> SecretOptions => new HashSet<Option> { _credentials, _token };

    /// <summary>True if the password is to come from standard input, which can be read once.</summary>
    public bool ReadsInput(ParseResult parse) => _password.ReadsInput(parse);

    /// <exception cref="UsageException">The options contradict each other.</exception>
    public EndpointDefinition Definition(ParseResult parse, string address)
    {
        RefuseContradictions(parse);
        return new EndpointDefinition(address)
        {
            Authfile = parse.GetValue(_authFile) ?? _shared.AuthFile(parse),
            NoCreds = parse.GetValue(_anonymous),
            TlsVerify = parse.GetValue(_verifyTls),
            CertDir = parse.GetValue(_certificates),
            TrustedRealms = parse.GetValue(_trustedRealms) is { Length: > 0 } realms ? realms : [],
            RetryTimes = _shared.RetryTimes(parse),
        };
    }

    /// <summary>What the user gave for this run alone. A password may be asked for.</summary>
    /// <exception cref="UsageException">Credentials that can't be understood.</exception>
    public EndpointSecrets Secrets(ParseResult parse, CliConsole console) => new(
        parse.GetValue(_credentials) is { } both ? Parse(both) : _password.Read(parse, console),
        parse.GetValue(_token) is { } token ? new EndpointToken(token) : null);

    private void RefuseContradictions(ParseResult parse)
    {
        var hasBoth = parse.GetValue(_credentials) is not null;
        if (hasBoth && _password.IsGiven(parse))
            throw new UsageException($"--{_side}-creds can't be given together with --{_side}-username or a --{_side}-password option.");
        if (parse.GetValue(_anonymous) && (hasBoth || _password.IsGiven(parse) || parse.GetValue(_token) is not null))
            throw new UsageException($"--{_side}-no-creds can't be given together with credentials.");
    }

    private EndpointCredentials Parse(string text)
    {
        try
        {
            return EndpointCredentials.Parse(text);
        }
        catch (FormatException)
        {
            throw new UsageException($"--{_side}-creds is written as USER:PASSWORD.");
        }
    }
}
