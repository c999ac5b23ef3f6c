namespace TransferEngine.Images;

/// <summary>One image of a registry: <c>repository:tag</c>, or <c>repository@digest</c> for an untagged revision.</summary>
public readonly record struct ImageReference(RepositoryName Repository, Reference Reference)
{
    public override string ToString() => Reference.Tag is { } tag ? $"{Repository}:{tag}" : $"{Repository}@{Reference.Digest}";
}
