namespace TransferEngine.Mapping;

/// <summary><c>prefix=TEXT</c>: puts the text in front of every name.</summary>
internal sealed class PrefixRule(string prefix) : MappingRule
{
    public override string Text => $"prefix={prefix}";

    public override bool MatchesAll => true;

    public override bool CanCollide => false;

    public override string Apply(string repository) => prefix + repository;
}
