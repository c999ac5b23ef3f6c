using System.Text.RegularExpressions;
using TransferEngine.Images;

namespace TransferEngine.Mapping;

/// <summary>
/// <c>regex=PATTERN:REPLACEMENT</c>: the first match in a name is replaced; <c>$1</c> and <c>${name}</c> stand for groups.
/// Patterns that the linear engine does not know (look-around, back-references) run on the other one, against the clock.
/// </summary>
internal sealed class RegexRule(string pattern, string replacement) : MappingRule
{
    private readonly Regex _regex = BoundedRegex.Create(pattern);

    public override string Text => $"regex={pattern}:{replacement}";

    public override string? Apply(string repository)
    {
        try
        {
            return _regex.IsMatch(repository) ? _regex.Replace(repository, replacement, count: 1) : null;
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new TransferException(new TransferError(ErrorCode.ConfigurationInvalid, $"The pattern of the rule '{Printable.Of(Text)}' takes too long on {repository}.")
            { Scope = ErrorScope.Repository, Hint = "Write the pattern without nested repetitions." }, e);
        }
    }
}
