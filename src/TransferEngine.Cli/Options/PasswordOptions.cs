using System.CommandLine;
using TransferEngine.Hosting;

namespace TransferEngine.Cli.Options;

/// <summary>A user name, and a password that other users of this machine can't see: from a file or standard input.</summary>
internal sealed class PasswordOptions
{
    private readonly string _side;
    private readonly Option<string?> _userName;
    private readonly Option<string?> _file;
    private readonly Option<bool> _stdin;

    public PasswordOptions(Command command, string side, string noun)
    {
        _side = side;
        _userName = OptionFactory.Value<string?>(
            $"--{side}-username", "USER", $"User name for the {noun}, with --{side}-password-file or --{side}-password-stdin.", "none");
        _file = OptionFactory.Value<string?>($"--{side}-password-file", "FILE", $"File whose first line is the password for --{side}-username.", "none");
        _stdin = OptionFactory.Flag($"--{side}-password-stdin", $"Read the password for --{side}-username from standard input.");
        command.Add(_userName);
        command.Add(_file);
        command.Add(_stdin);
    }

    public bool ReadsInput(ParseResult parse) => parse.GetValue(_stdin);

    public bool IsGiven(ParseResult parse) => parse.GetValue(_userName) is not null || parse.GetValue(_file) is not null || ReadsInput(parse);

    /// <exception cref="UsageException">One half is missing, or the password can't be read.</exception>
    public EndpointCredentials? Read(ParseResult parse, CliConsole console)
    {
        if (!IsGiven(parse))
            return null;
        var file = parse.GetValue(_file);
        if (parse.GetValue(_userName) is not { } user || (file is null) == !ReadsInput(parse))
            throw new UsageException($"--{_side}-username needs exactly one of --{_side}-password-file and --{_side}-password-stdin, and they need it.");
        // An empty one is a secret that was not filled in: sent, it would count as a wrong password.
        return (file is null ? console.In.ReadLine() : ReadFirstLine(file)) is { Length: > 0 } password
            ? new EndpointCredentials(user, password)
            : throw new UsageException($"The password for --{_side}-username is empty.");
    }

    private static string? ReadFirstLine(string file)
    {
        try
        {
            return File.ReadLines(file).FirstOrDefault();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The password file can't be read: {e.Message}");
        }
    }
}
