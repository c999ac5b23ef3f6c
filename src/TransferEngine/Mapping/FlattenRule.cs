namespace TransferEngine.Mapping;

/// <summary><c>flatten=SEPARATOR</c>: every slash becomes the separator, so that each name has one component.</summary>
internal sealed class FlattenRule(string separator) : MappingRule
{
    public override string Text => $"flatten={separator}";

    public override bool MatchesAll => true;

    public override string Apply(string repository) => repository.Replace("/", separator, StringComparison.Ordinal);
}
