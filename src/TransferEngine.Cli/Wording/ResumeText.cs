using System.CommandLine;
using System.CommandLine.Parsing;
using TransferEngine.Images;

namespace TransferEngine.Cli.Wording;

/// <summary>
/// The command that goes on with a run: the same one, quoted for a POSIX shell, without passwords and without what would
/// forget the work done so far.
/// </summary>
internal static class ResumeText
{
    public static string Of(ParseResult parse, IReadOnlySet<Option> secrets, IReadOnlySet<Option> leftOut)
    {
        var words = new List<string> { "transfer", parse.CommandResult.Command.Name };
        var hidden = new List<string>();
        foreach (var argument in parse.CommandResult.Children.OfType<ArgumentResult>())
            words.AddRange(argument.Tokens.Select(token => Quote(token.Value)));
        foreach (var option in parse.CommandResult.Children.OfType<OptionResult>().Where(option => !option.Implicit && !leftOut.Contains(option.Option)))
        {
            if (secrets.Contains(option.Option))
                hidden.Add(option.Option.Name);
            else if (option.Tokens.Count == 0)
                words.Add(option.Option.Name);
            else
                words.AddRange(option.Tokens.SelectMany(token => WordsOf(option.Option, token.Value)));
        }
        var command = string.Join(' ', words);
        return hidden.Count == 0 ? command : $"{command}   (and {string.Join(", ", hidden)} as before)";
    }

    // A flag's value must stand behind an equal sign, or it would be read as the next argument.
    private static string[] WordsOf(Option option, string value) =>
        option.Arity.MinimumNumberOfValues == 0 ? [$"{option.Name}={value}"] : [option.Name, Quote(value)];

    private static string Quote(string word) => word.Length > 0 && word.All(letter => char.IsAsciiLetterOrDigit(letter) || "-_./:,=@%+".Contains(letter, StringComparison.Ordinal))
        ? word
        : Printable.Whole("'" + word.Replace("'", @"'\''", StringComparison.Ordinal) + "'");
}
