namespace TransferEngine.Images;

/// <summary>What a manifest is asked for by: a tag or a digest (the specification's <c>&lt;reference&gt;</c>).</summary>
public readonly record struct Reference
{
    private Reference(Tag? tag, Digest? digest) => (Tag, Digest) = (tag, digest);

    public Tag? Tag { get; }

    public Digest? Digest { get; }

    public static implicit operator Reference(Tag tag) => new(tag, null);

    public static implicit operator Reference(Digest digest) => new(null, digest);

    public static Reference FromTag(Tag tag) => tag;

    public static Reference FromDigest(Digest digest) => digest;

    public override string ToString() => Tag?.ToString() ?? Digest?.ToString() ?? "";
}
