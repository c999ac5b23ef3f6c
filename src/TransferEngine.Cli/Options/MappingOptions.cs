using System.CommandLine;
using TransferEngine.Images;

namespace TransferEngine.Cli.Options;

/// <summary>How the target's repositories are named.</summary>
internal sealed class MappingOptions
{
    private readonly Option<string[]> _rules;

    /// <param name="command">Takes the option.</param>
    /// <param name="unnamed">What the names are if no rule is given.</param>
    public MappingOptions(Command command, string unnamed = "the configuration's mapping, else the source's names")
    {
        _rules = OptionFactory.Values(
            "--map", "RULE",
            "Names for the target, the first rule that matches decides: prefix=TEXT, replace=OLD:NEW, regex=PATTERN:REPLACEMENT with $1 or ${name}, "
            + "exact=SOURCE:TARGET, flatten=SEPARATOR for every slash, last=N to keep the last N components.",
            unnamed);
        command.Add(_rules);
    }

    /// <summary>The rules as they are given; null for none.</summary>
    public IReadOnlyList<string>? Rules(ParseResult parse) => parse.GetValue(_rules) is { Length: > 0 } given ? given : null;

    /// <summary>The rules given, or else the configured ones.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.ConfigurationInvalid"/>: a rule can't be understood, or is never reached.</exception>
    public RepositoryMapping Mapping(ParseResult parse, EngineOptions options) =>
        RepositoryMapping.Parse(Rules(parse) ?? options.Mapping);
}
