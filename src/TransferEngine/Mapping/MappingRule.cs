using TransferEngine.Images;

namespace TransferEngine.Mapping;

/// <summary>One way of making a target's name of a source repository's name. Immutable; the same name always gives the same result.</summary>
internal abstract class MappingRule
{
    /// <summary>The rule as it is written, for messages and for the job's identity: <c>prefix=team/</c>.</summary>
    public abstract string Text { get; }

    /// <summary>True if every repository matches: no rule behind this one is ever asked.</summary>
    public virtual bool MatchesAll => false;

    /// <summary>True if two different names can get the same result from this rule, or from this rule and another one.</summary>
    public virtual bool CanCollide => true;

    /// <summary>The new name, not yet checked against the grammar; null if the rule does not match.</summary>
    /// <exception cref="TransferException">The rule can't be applied to this name.</exception>
    public abstract string? Apply(string repository);

    public sealed override string ToString() => Text;
}
