using TransferEngine.Images;

namespace TransferEngine;

/// <summary>One line of a list of images.</summary>
/// <param name="Line">Its number, from 1.</param>
/// <param name="Repository">The repository as the source names it.</param>
/// <param name="Tag">The tag; with neither tag nor digest, all of the repository is meant.</param>
/// <param name="Digest">The digest; beside a tag it says which manifest is to have that tag.</param>
public sealed record ListedImage(int Line, RepositoryName Repository, Tag? Tag, Digest? Digest)
{
    public bool IsWholeRepository => Tag is null && Digest is null;

    /// <summary>The name under which the image is reported.</summary>
    internal string Name => Tag?.ToString() ?? Digest?.ToString() ?? "*";

    public override string ToString() => $"{Repository}{(Tag is { } tag ? $":{tag}" : "")}{(Digest is { } digest ? $"@{digest}" : "")}";
}
