using TransferEngine.Images;

namespace TransferEngine.Mapping;

/// <summary><c>exact=SOURCE:TARGET</c>: this one repository gets this name.</summary>
internal sealed class ExactRule(RepositoryName source, RepositoryName target) : MappingRule
{
    private readonly string _source = source.ToString();
    private readonly string _target = target.ToString();

    public override string Text => $"exact={_source}:{_target}";

    public override string? Apply(string repository) => repository == _source ? _target : null;
}
