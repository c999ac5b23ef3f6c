namespace TransferEngine;

/// <summary>Which images a job takes, as data; what is left out does not narrow it. See <see cref="ImageSelection"/>.</summary>
public sealed record SelectionDefinition
{
    /// <summary>
    /// The lines of a list of images, as <see cref="ImageList"/> reads them: <c>repository</c>, <c>repository:tag</c> or <c>repository@digest</c>. The source's own
    /// list is not asked for then; null to take that. A list without images selects none.
    /// </summary>
    public IReadOnlyList<string>? Images { get; init; }

    /// <summary>Globs of repositories to take.</summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    public IReadOnlyList<string> Exclude { get; init; } = [];

    public IReadOnlyList<string> IncludeTags { get; init; } = [];

    public IReadOnlyList<string> ExcludeTags { get; init; } = [];

    public IReadOnlyList<string> TagsRegex { get; init; } = [];

    public string? TagsSemver { get; init; }

    /// <summary>0 for all.</summary>
    public int Newest { get; init; }

    /// <summary>Also the revisions that no tag names.</summary>
    public bool Untagged { get; init; }

    /// <summary>Of indexes only these, as <see cref="Platform"/> reads them; all if empty.</summary>
    public IReadOnlyList<string> Platforms { get; init; } = [];

    /// <summary>
    /// With each image, what refers to it: signatures, SBOMs and other artifacts with it as their subject, or with its digest in their tag.
    /// </summary>
    public bool Referrers { get; init; } = true;
}
