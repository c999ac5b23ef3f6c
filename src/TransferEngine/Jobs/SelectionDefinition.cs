using TransferEngine.Images;

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

    /// <summary>The source, narrowed to the list of images and the platforms where these are given.</summary>
    /// <param name="source">What to narrow; disposed with the result.</param>
    /// <param name="list">How messages call the list.</param>
    /// <exception cref="TransferException"><see cref="ErrorCode.ConfigurationInvalid"/>: the list or a platform can't be understood.</exception>
    public IImageSource Narrow(IImageSource source, string? list)
    {
        var listed = Images is { } images
            ? new ListedImages(source, ImageList.Parse(new StringReader(string.Join('\n', images)), ListedImages.HostOf(source.Endpoint), list), Referrers)
            : source;
        return PlatformSelection.Narrow(listed, [.. Platforms.Select(Platform.Parse)]);
    }
}
