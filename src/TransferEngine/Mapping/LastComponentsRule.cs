using System.Globalization;

namespace TransferEngine.Mapping;

/// <summary><c>last=N</c>: of every name the last N components are kept, or all where there are no more than N.</summary>
internal sealed class LastComponentsRule(int count) : MappingRule
{
    public override string Text => string.Create(CultureInfo.InvariantCulture, $"last={count}");

    public override bool MatchesAll => true;

    public override string Apply(string repository)
    {
        var start = repository.Length;
        for (var kept = 0; kept < count && start > 0; kept++)
            start = repository.LastIndexOf('/', start - 1);
        return repository[(start + 1)..];
    }
}
