using System.Runtime.CompilerServices;
using TransferEngine.Images;
using TransferEngine.Selection;

namespace TransferEngine;

/// <summary>
/// Any source, narrowed to a list of images. The source's own list of repositories is not asked for, which some registries keep to
/// themselves, nor are tags that are not listed, but for those that belong to a listed image by their name (cosign's signatures), if
/// these are wanted. What is listed and not there is an image with an error that names its line.
/// </summary>
public sealed class ListedImages(IImageSource source, ImageList list, bool companions = false) : DelegatingSource(source)
{
    public override RegistryPlace? Registry => Inner.Registry is { } place ? place with { IsNamed = true } : null;

    private const int FoundAhead = 8;

    /// <summary>The source that the list narrows.</summary>
    internal IImageSource Whole => Inner;

    public override IAsyncEnumerable<SourceRepository> ListRepositoriesAsync(CancellationToken cancellationToken) =>
        list.Repositories.Select(repository => new SourceRepository(repository.ToString(), repository)).ToAsyncEnumerable();

    public override async IAsyncEnumerable<SourceImage> ListImagesAsync(
        RepositoryName repository, bool untagged, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var listed = list.Of(repository);
        var single = listed.Where(image => !image.IsWholeRepository).ToList();
        var names = single.Select(image => image.Name).ToHashSet(StringComparer.Ordinal);
        var found = new List<SourceImage>();
        await foreach (var image in OrderedWindow.SelectAsync(single.ToAsyncEnumerable(), FoundAhead, FindListedAsync, cancellationToken))
        {
            found.Add(image);
            yield return image;
        }
        if (listed.FirstOrDefault(image => image.IsWholeRepository) is not { } whole)
        {
            if (companions)
                await foreach (var image in CompanionTags.FindAsync(Inner, repository, found, cancellationToken))
                    yield return image;
            yield break;
        }
        var isEmpty = true;
        await foreach (var image in Inner.ListImagesAsync(repository, untagged, cancellationToken))
        {
            isEmpty = false;
            if (!names.Contains(image.Name))
                yield return image;
        }
        if (isEmpty)
            throw new TransferException(NotThere(whole) with { Scope = ErrorScope.Repository });
    }

    public override async IAsyncEnumerable<string> ListNamesAsync(
        RepositoryName repository, bool untagged, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var image in list.Of(repository).Where(image => !image.IsWholeRepository && names.Add(image.Name)))
            yield return image.Name;
        if (!list.Of(repository).Any(image => image.IsWholeRepository))
            yield break;
        await foreach (var name in Inner.ListNamesAsync(repository, untagged, cancellationToken))
        {
            if (!names.Contains(name))
                yield return name;
        }
    }

    private async Task<SourceImage> FindListedAsync(ListedImage listed, CancellationToken cancellationToken)
    {
        try
        {
            var found = await Inner.FindImageAsync(listed.Repository, listed.Digest is { } digest ? digest : listed.Tag!.Value, cancellationToken);
            return found is null ? new SourceImage(listed.Name, listed.Tag, null, NotThere(listed)) : found with { Name = listed.Name, Tag = listed.Tag };
        }
        catch (TransferException e) when (e.Error.Scope != ErrorScope.Endpoint)
        {
            return new SourceImage(listed.Name, listed.Tag, null, e.Error);
        }
    }

    private TransferError NotThere(ListedImage listed) =>
        new(ErrorCode.SourceNotFound, $"Line {listed.Line} of the list names {listed}, which the source does not have.")
        { Repository = listed.Repository, Digest = listed.Digest, Path = list.Path, Hint = "Correct the line or take it out." };

    /// <summary>The host of a source's address; null for one that has none.</summary>
    public static string? HostOf(string endpoint)
    {
        var start = endpoint.IndexOf("://", StringComparison.Ordinal);
        return start < 0 ? null : endpoint[(start + 3)..].Split('/', 2)[0];
    }
}
