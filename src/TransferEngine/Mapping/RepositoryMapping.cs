using TransferEngine.Images;
using TransferEngine.Mapping;

namespace TransferEngine;

/// <summary>
/// An ordered list of rules that make a target's name of a source repository's name: the first rule that matches decides,
/// and without one the name stays. The endpoint's own prefix is put in front afterwards. Rules are written
/// <c>prefix=TEXT</c>, <c>replace=OLD:NEW</c>, <c>regex=PATTERN:REPLACEMENT</c>, <c>exact=SOURCE:TARGET</c>,
/// <c>flatten=SEPARATOR</c> and <c>last=N</c>.
/// </summary>
public sealed class RepositoryMapping : IEquatable<RepositoryMapping>
{
    private readonly MappingRule[] _rules;

    private RepositoryMapping(MappingRule[] rules)
    {
        _rules = rules;
        // Names that differ stay different under a prefix, unless another rule may give what the prefix gives.
        CanCollide = Array.Exists(rules, rule => rule.CanCollide);
    }

    /// <summary>No rules: every name stays.</summary>
    public static RepositoryMapping None { get; } = new([]);

    /// <summary>The rules as they are written, in their order.</summary>
    public IReadOnlyList<string> Rules => [.. _rules.Select(rule => rule.Text)];

    public bool IsEmpty => _rules.Length == 0;

    /// <summary>True if two source repositories can get the same name.</summary>
    public bool CanCollide { get; }

    /// <exception cref="TransferException"><see cref="ErrorCode.ConfigurationInvalid"/>: a rule can't be understood, or can never be reached.</exception>
    public static RepositoryMapping Parse(IEnumerable<string>? rules)
    {
        MappingRule[] parsed = [.. (rules ?? []).Select(MappingRuleParser.Parse)];
        var last = Array.FindIndex(parsed, rule => rule.MatchesAll);
        if (last >= 0 && last < parsed.Length - 1)
            throw MappingRuleParser.Invalid(parsed[last + 1].Text, $"it is never reached, because '{Printable.Of(parsed[last].Text)}' before it matches every repository");
        return parsed.Length == 0 ? None : new RepositoryMapping(parsed);
    }

    /// <summary>The name by the first rule that matches, or the name itself.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.RepositoryNameInvalid"/>: the rule's result is no repository's name.</exception>
    public RepositoryName Map(RepositoryName source)
    {
        var name = source.ToString();
        foreach (var rule in _rules)
        {
            if (rule.Apply(name) is not { } mapped)
                continue;
            return RepositoryName.TryParse(mapped, out var target) ? target : throw new TransferException(
                new TransferError(ErrorCode.RepositoryNameInvalid, $"The mapping rule '{Printable.Of(rule.Text)}' makes '{Printable.Of(mapped)}' of {source}, which is no valid repository name.")
                { Scope = ErrorScope.Repository, Repository = source, Hint = "Change the rule, or put an exact= rule for this repository before it." });
        }
        return source;
    }

    public bool Equals(RepositoryMapping? other) => other is not null && Rules.SequenceEqual(other.Rules, StringComparer.Ordinal);

    public override bool Equals(object? obj) => Equals(obj as RepositoryMapping);

    public override int GetHashCode() => string.Join('\n', Rules).GetHashCode(StringComparison.Ordinal);

    public override string ToString() => string.Join(", ", Rules);
}
