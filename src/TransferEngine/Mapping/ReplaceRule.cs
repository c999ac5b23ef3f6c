namespace TransferEngine.Mapping;

/// <summary><c>replace=OLD:NEW</c>: a name that begins with OLD begins with NEW instead; with no NEW, OLD is cut off.</summary>
internal sealed class ReplaceRule(string old, string replacement) : MappingRule
{
    public override string Text => $"replace={old}:{replacement}";

    // What is nothing but OLD is left alone when nothing would remain of it.
    public override string? Apply(string repository) =>
        repository.StartsWith(old, StringComparison.Ordinal) && replacement.Length + repository.Length > old.Length
            ? string.Concat(replacement, repository.AsSpan(old.Length))
            : null;
}
