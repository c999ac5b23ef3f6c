using System.CommandLine;
using System.CommandLine.Parsing;

namespace TransferEngine.Cli.Options;

/// <summary>A file with all that the command line would say otherwise.</summary>
internal sealed class JobFileOption
{
    private readonly Option<string?> _file = OptionFactory.Value<string?>(
        "--file", "FILE", "Run the jobs of this file (.yaml, or .conf for HOCON) one after the other, instead of SOURCE and TARGET.", "none");

    private readonly HashSet<Option> _others;

    /// <param name="command">What to add the option to.</param>
    /// <param name="others">Options that may be given beside it; all others stand in the file.</param>
    public JobFileOption(Command command, IEnumerable<Option> others)
    {
        command.Add(_file);
        _others = [.. others, _file];
    }

    /// <summary>The file; null if there is none, and SOURCE and TARGET are given instead.</summary>
    /// <exception cref="UsageException">The command line says what the file says too, or neither says it.</exception>
    public string? Find(ParseResult parse)
    {
        var endpoints = parse.CommandResult.Command.Arguments;
        var missing = endpoints.FirstOrDefault(argument => parse.GetResult(argument) is null or { Tokens.Count: 0 });
        if (parse.GetValue(_file) is not { } file)
            return missing is null ? null : throw new UsageException($"{missing.Name} is missing.");
        if (missing != endpoints[0])
            throw new UsageException("SOURCE and TARGET stand in the job file: they can't be given together with --file.");
        var other = parse.CommandResult.Children.OfType<OptionResult>().FirstOrDefault(option => !option.Implicit && !_others.Contains(option.Option));
        return other is null ? file : throw new UsageException($"{other.Option.Name} can't be given together with --file: it belongs into the file.");
    }
}
