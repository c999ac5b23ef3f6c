using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using TransferEngine.Images;

namespace TransferEngine.Selection;

/// <summary>
/// Tags that belong to an image by their name alone: cosign's <c>sha256-HEX.sig</c>, <c>.att</c> and <c>.sbom</c> (cosign's SIGNATURE_SPEC),
/// and the list of referrers <c>sha256-HEX</c> where the registry keeps none itself (distribution specification, "Referrers Tag
/// Schema"). They go where their image goes, whatever was said of tags.
/// </summary>
internal sealed partial class CompanionTags
{
    // By subject, the companions that nobody has claimed yet.
    private readonly Dictionary<string, List<Func<CancellationToken, ValueTask<SourceImage?>>>> _open = new(StringComparer.Ordinal);
    private readonly List<Digest> _wanted = [];
    private readonly HashSet<string> _reached = new(StringComparer.Ordinal);
    private readonly Queue<string> _newlyReached = new();
    private readonly IImageSource _source;
    private readonly RepositoryName _repository;

    private CompanionTags(IImageSource source, RepositoryName repository) => (_source, _repository) = (source, repository);

    /// <summary>Of one repository's images those that the selection wants, and behind them what belongs to them.</summary>
    public static async IAsyncEnumerable<SourceImage> FollowAsync(
        IImageSource source, RepositoryName repository, ImageSelection selection, IAsyncEnumerable<SourceImage> images,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var companions = new CompanionTags(source, repository);
        await foreach (var image in selection.FilterAsync(companions.SetAsideAsync(images, selection, cancellationToken), cancellationToken))
        {
            companions.Want(image);
            yield return image;
        }
        await foreach (var image in companions.TakeAsync(cancellationToken))
            yield return image;
    }

    /// <summary>What belongs to images that were named one by one: looked for among the repository's tags, which cost no digest each.</summary>
    public static async IAsyncEnumerable<SourceImage> FindAsync(
        IImageSource source, RepositoryName repository, IReadOnlyCollection<SourceImage> wanted, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var companions = new CompanionTags(source, repository);
        var known = wanted.Select(image => image.Name).ToHashSet(StringComparer.Ordinal);
        await foreach (var name in source.ListNamesAsync(repository, untagged: false, cancellationToken))
        {
            if (!known.Contains(name) && Tag.TryParse(name, out var tag) && Companion().Match(name) is { Success: true } match)
                companions.SetAside(match.Groups["subject"].Value, token => source.FindImageAsync(repository, tag, token));
        }
        foreach (var image in wanted)
            companions.Want(image);
        await foreach (var image in companions.TakeAsync(cancellationToken))
            yield return image;
    }

    private async IAsyncEnumerable<SourceImage> SetAsideAsync(
        IAsyncEnumerable<SourceImage> images, ImageSelection selection, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var image in images.WithCancellation(cancellationToken))
        {
            if (image is { Tag: { } tag, Digest: not null } && Companion().Match(tag.ToString()) is { Success: true } match)
            {
                if (!selection.Excludes(tag))
                    SetAside(match.Groups["subject"].Value, _ => ValueTask.FromResult<SourceImage?>(image));
                continue;
            }
            yield return image;
        }
    }

    private void SetAside(string subject, Func<CancellationToken, ValueTask<SourceImage?>> findAsync)
    {
        if (!_open.TryGetValue(subject, out var companions))
            _open.Add(subject, companions = []);
        companions.Add(findAsync);
    }

    private void Want(SourceImage image)
    {
        if (image.Digest is not { } digest)
            return;
        _wanted.Add(digest);
        Reach(digest);
    }

    private void Reach(Digest digest)
    {
        if (SubjectOf(digest) is var subject && _reached.Add(subject))
            _newlyReached.Enqueue(subject);
    }

    // The specification cuts a longer digest to 64 characters.
    private static string SubjectOf(Digest digest) => $"{digest.Algorithm}-{digest.Hex[..64]}";

    private async IAsyncEnumerable<SourceImage> TakeAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var image in TakeReachedAsync(cancellationToken))
            yield return image;
        // What is left may belong to an image inside an index. Only then are manifests read.
        foreach (var digest in _open.Count > 0 ? _wanted : [])
            await ReachChildrenAsync(digest, cancellationToken);
        await foreach (var image in TakeReachedAsync(cancellationToken))
            yield return image;
    }

    /// <summary>A signature may be signed itself: as many rounds as bring something.</summary>
    private async IAsyncEnumerable<SourceImage> TakeReachedAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (_newlyReached.TryDequeue(out var subject))
        {
            if (!_open.Remove(subject, out var companions))
                continue;
            foreach (var findAsync in companions)
            {
                if (await findAsync(cancellationToken) is not { } image)
                    continue;
                if (image.Digest is { } digest)
                    Reach(digest);
                yield return image;
            }
        }
    }

    private async Task ReachChildrenAsync(Digest digest, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var child in (await _source.ReadManifestAsync(_repository, digest, cancellationToken)).Children)
                Reach(child.Digest);
        }
        catch (TransferException e) when (e.Error.Scope != ErrorScope.Endpoint)
        {
            // The image itself fails for this, and is reported.
        }
    }

    [GeneratedRegex(@"\A(?<subject>sha(256|512)-[0-9a-f]{64})(\.(sig|att|sbom))?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Companion();
}
