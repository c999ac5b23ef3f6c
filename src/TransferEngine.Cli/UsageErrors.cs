using System.CommandLine;
using System.CommandLine.Parsing;
using TransferEngine.Images;

namespace TransferEngine.Cli;

/// <summary>Finds what is wrong with a command line, and says it in one sentence that repeats no value: it may be a password.</summary>
internal static class UsageErrors
{
    public static string? Find(ParseResult parse) => UnknownOption(parse) is { } option
        ? $"There is no option {Printable.Of(option)}."
        : parse.Errors.Count == 0 ? null : Describe(parse, parse.Errors[0]);

    /// <summary>
    /// An option that would be taken for another one's value: the parser gives an option whatever word comes next, so that of
    /// <c>--include --untagged</c> it makes a pattern. Told from the words themselves: parsed, <c>--include=--untagged</c> looks the same.
    /// </summary>
    public static string? FindSwallowed(ParseResult parse, string[] args)
    {
        var options = Options(parse.CommandResult.Command).SelectMany(option => option.Aliases.Append(option.Name), (option, name) => (option, name))
            .ToDictionary(pair => pair.name, pair => pair.option, StringComparer.Ordinal);
        for (var i = 0; i + 1 < args.Length && args[i] != "--"; i++)
        {
            if (!options.TryGetValue(args[i], out var option) || option.Arity.MinimumNumberOfValues == 0)
                continue;
            // What follows an equal sign is not repeated: it may be a password.
            var next = args[i + 1].Split('=', ':')[0];
            if (options.ContainsKey(next))
                return $"{option.Name} needs a value: {option.HelpName}. Write {option.Name}={next} if that is the value.";
            i++;
        }
        return null;
    }

    private static IEnumerable<Option> Options(Command command) =>
        command.Options.Concat(command.Parents.OfType<Command>().SelectMany(parent => parent.Options.Where(option => option.Recursive)));

    public static string HelpCommand(ParseResult parse) =>
        parse.CommandResult.Command is RootCommand ? "transfer --help" : $"transfer {parse.CommandResult.Command.Name} --help";

    // The parser takes a misspelt option for an argument, and its value for the next one.
    private static string? UnknownOption(ParseResult parse)
    {
        var end = parse.Tokens.ToList().FindIndex(token => token.Type == TokenType.DoubleDash);
        var ahead = end < 0 ? parse.Tokens : parse.Tokens.Take(end);
        var values = parse.CommandResult.Children.OfType<OptionResult>().SelectMany(option => option.Tokens).ToHashSet();
        return ahead.Where(token => token.Type == TokenType.Argument && token.Value.Length > 1 && token.Value[0] == '-' && !values.Contains(token))
            .Select(token => token.Value.Split('=', ':')[0])
            .FirstOrDefault();
    }

    private static string Describe(ParseResult parse, ParseError error) => error.SymbolResult switch
    {
        OptionResult option when option.Tokens.Count == 0 => $"{option.Option.Name} needs a value: {option.Option.HelpName}.",
        OptionResult option when option.Tokens.Count > 1 && option.Option.Arity.MaximumNumberOfValues == 1 => $"{option.Option.Name} may be given once.",
        OptionResult option => $"The value of {option.Option.Name} can't be understood as {option.Option.HelpName ?? "a flag"}.",
        ArgumentResult argument => $"{argument.Argument.Name} is missing.",
        _ when parse.CommandResult.Command is RootCommand => parse.UnmatchedTokens.Count > 0
            ? $"There is no command {Printable.Of(parse.UnmatchedTokens[0])}."
            : "Which command? There are migrate, list, plan, verify, pack, unpack, status, import, login, logout, serve and demo.",
        _ => $"{parse.CommandResult.Command.Name} takes {Expected(parse)}; {parse.UnmatchedTokens.Count} more given.",
    };

    private static string Expected(ParseResult parse) => parse.CommandResult.Command.Arguments.Count == 0
        ? "no arguments"
        : string.Join(" and ", parse.CommandResult.Command.Arguments.Select(argument => argument.Name));
}
