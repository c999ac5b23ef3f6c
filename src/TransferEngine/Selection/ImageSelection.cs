using System.Runtime.CompilerServices;
using TransferEngine.Images;
using TransferEngine.Selection;

namespace TransferEngine;

/// <summary>
/// Which images are wanted. Repositories and tags by glob patterns as shells write them: <c>*</c> within a path component,
/// <c>**</c> across them, <c>?</c> one character; no include pattern means all; an exclude pattern wins. Tags also by regular
/// expression, by a range of semantic versions, and the newest few of each repository: a tag must pass all that are given.
/// </summary>
public sealed class ImageSelection
{
    private readonly SelectionDefinition _definition;
    private readonly NamePatterns _repositories;
    private readonly TagFilter _tags;

    /// <param name="includeRepositories">Globs.</param>
    /// <param name="excludeRepositories">Globs.</param>
    /// <param name="includeTags">Globs.</param>
    /// <param name="excludeTags">Globs.</param>
    /// <param name="tagRegexes">One of them must match somewhere in the tag.</param>
    /// <param name="tagRange">A range of semantic versions, like <c>&gt;=1.2 &lt;2.0</c>, <c>^1.2</c> or <c>1.x</c>; other tags are not wanted.</param>
    /// <param name="newest">How many tags to take of each repository, of those that pass the rest; 0 for all.</param>
    /// <exception cref="TransferException"><see cref="ErrorCode.ConfigurationInvalid"/>: an expression, the range or the number can't be understood.</exception>
    public ImageSelection(
        IEnumerable<string>? includeRepositories = null,
        IEnumerable<string>? excludeRepositories = null,
        IEnumerable<string>? includeTags = null,
        IEnumerable<string>? excludeTags = null,
        IEnumerable<string>? tagRegexes = null,
        string? tagRange = null,
        int newest = 0)
        : this(new SelectionDefinition
        {
            Include = ListOf(includeRepositories),
            Exclude = ListOf(excludeRepositories),
            IncludeTags = ListOf(includeTags),
            ExcludeTags = ListOf(excludeTags),
            TagsRegex = ListOf(tagRegexes),
            TagsSemver = tagRange,
            Newest = newest,
        })
    {
    }

    /// <summary>What a definition says of repositories and tags.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.ConfigurationInvalid"/>: an expression, the range or the number can't be understood.</exception>
    public ImageSelection(SelectionDefinition definition)
    {
        _definition = definition;
        _repositories = new NamePatterns(definition.Include, definition.Exclude);
        _tags = new TagFilter(new NamePatterns(definition.IncludeTags, definition.ExcludeTags), definition.TagsRegex, definition.TagsSemver);
        Newest = definition.Newest >= 0 ? definition.Newest : throw TagFilter.Invalid("The number of newest tags can't be negative.");
    }

    public static ImageSelection All { get; } = new();

    /// <summary>How many tags of each repository are taken at most; 0 for all.</summary>
    public int Newest { get; }

    public bool Wants(RepositoryName repository) => _repositories.Match(repository.ToString());

    /// <summary>
    /// Whether an image's own name passes. True for untagged revisions unless tags were asked for. Which are the newest takes
    /// the whole listing: see <see cref="FilterAsync"/>.
    /// </summary>
    public bool Wants(Tag? tag) => tag is { } given ? _tags.Match(given.ToString()) : _tags.TakesAll && Newest == 0;

    /// <summary>A definition with the repositories and tags of this selection, and all else as it was.</summary>
    internal SelectionDefinition Describe(SelectionDefinition other) => _definition with
    {
        Images = other.Images,
        Platforms = other.Platforms,
        Untagged = other.Untagged,
        Referrers = other.Referrers,
    };

    internal bool Excludes(Tag tag) => _tags.Excludes(tag.ToString());

    /// <summary>
    /// Of one repository's images those that are wanted, and what belongs to them by its tag: cosign's signatures, attestations and
    /// SBOMs, and the referrers tag, unless excluded by name. Those come last, where tags are narrowed at all.
    /// </summary>
    /// <param name="source">Asked for manifests where a companion may belong to an image inside an index.</param>
    /// <param name="repository">The repository of the images.</param>
    /// <param name="images">Its whole listing.</param>
    /// <param name="cancellationToken">Stops the listing.</param>
    public IAsyncEnumerable<SourceImage> FilterWithCompanionsAsync(
        IImageSource source, RepositoryName repository, IAsyncEnumerable<SourceImage> images, CancellationToken cancellationToken) =>
        _tags.TakesAll && Newest == 0 ? FilterAsync(images, cancellationToken) : CompanionTags.FollowAsync(source, repository, this, images, cancellationToken);

    /// <summary>
    /// Of one repository's images those that are wanted. Lazy and in their order, but for the newest few, which are known at
    /// the end of the listing: semantic versions first, from the highest down, then other tags in reverse natural order.
    /// </summary>
    public IAsyncEnumerable<SourceImage> FilterAsync(IAsyncEnumerable<SourceImage> images, CancellationToken cancellationToken) =>
        FilterAsync(images, image => image.Tag, cancellationToken);

    internal async IAsyncEnumerable<T> FilterAsync<T>(
        IAsyncEnumerable<T> images, Func<T, Tag?> tagOf, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var tagged = new List<T>();
        await foreach (var image in images.WithCancellation(cancellationToken))
        {
            if (!Wants(tagOf(image)))
                continue;
            if (Newest == 0)
                yield return image;
            else
                tagged.Add(image);
        }
        foreach (var image in tagged.OrderBy(image => tagOf(image)!.Value, NewestFirst.Instance).Take(Newest))
            yield return image;
    }

    private static IReadOnlyList<string> ListOf(IEnumerable<string>? texts) => texts is null ? [] : [.. texts];
}
