namespace TransferEngine.Actors;

/// <summary>Where an actor stands in its system's tree, <c>akka://system/user/parent/child</c>. Immutable.</summary>
public sealed class ActorPath : IEquatable<ActorPath>
{
    private readonly string _prefix;

    private ActorPath(string prefix, string name, ActorPath? parent, long uid)
    {
        _prefix = prefix;
        Name = name;
        Parent = parent ?? this;
        Uid = uid;
    }

    public string Name { get; }

    /// <summary>The parent's path; a root is its own parent.</summary>
    public ActorPath Parent { get; }

    /// <summary>Tells two actors apart that had the same name one after the other. Kept over restarts.</summary>
    public long Uid { get; }

    internal static ActorPath Root(string system) => new($"akka://{system}", "", null, 0);

    internal ActorPath Child(string name, long uid) => new(_prefix, name, this, uid);

    /// <summary>A name may hold what a URI's path segment may (RFC 2396), and does not begin with <c>$</c>.</summary>
    public static bool IsValidPathElement(string? s) =>
        !string.IsNullOrEmpty(s) && s[0] != '$'
        && s.All(c => char.IsAsciiLetterOrDigit(c) || "-_.*$+:@&=,!~';()%".Contains(c, StringComparison.Ordinal));

    public bool Equals(ActorPath? other) => other is not null
        && (ReferenceEquals(this, other) || (Uid == other.Uid && Name == other.Name && !IsRoot && !other.IsRoot && Parent.Equals(other.Parent))
            || (IsRoot && other.IsRoot && _prefix == other._prefix));

    public override bool Equals(object? obj) => Equals(obj as ActorPath);

    public override int GetHashCode() => HashCode.Combine(Name, Uid);

    public int CompareTo(ActorPath? other) => other is null ? 1
        : string.CompareOrdinal(ToString(), other.ToString()) is var order && order != 0 ? order : Uid.CompareTo(other.Uid);

    public override string ToString() => IsRoot ? _prefix : $"{Parent}/{Name}";

    private bool IsRoot => ReferenceEquals(Parent, this);
}
