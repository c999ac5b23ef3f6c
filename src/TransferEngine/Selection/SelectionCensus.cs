using TransferEngine.Images;

namespace TransferEngine.Selection;

/// <summary>Looks at what a source holds of which nothing was selected, so that the user sees why.</summary>
internal static class SelectionCensus
{
    private const int MaxCounted = 10_000;
    private const int MaxExamples = 5;

    /// <summary>Null if the source can't be listed any more, or the user does not want to wait for it.</summary>
    public static async Task<SelectionMiss?> FindAsync(IImageSource source, CancellationToken cancellationToken)
    {
        try
        {
            return await CountAsync(WholeOf(source), cancellationToken);
        }
        catch (Exception e) when (e is TransferException || (e is OperationCanceledException && cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }

    // A list of images is a selection too: what it was made of shows the names that there are.
    private static IImageSource WholeOf(IImageSource source) => source switch
    {
        ListedImages listed => WholeOf(listed.Whole),
        PlatformSelection platforms => WholeOf(platforms.Whole),
        _ => source,
    };

    private static async Task<SelectionMiss> CountAsync(IImageSource source, CancellationToken cancellationToken)
    {
        var examples = new List<string>();
        long images = 0;
        long untagged = 0;
        await foreach (var found in source.ListRepositoriesAsync(cancellationToken))
        {
            if (found.Repository is not { } repository || found.Error is not null)
                continue;
            await foreach (var name in NamesOf(source, repository, cancellationToken))
            {
                if (images == MaxCounted)
                    return new SelectionMiss(images, IsWhole: false, examples) { Untagged = untagged };
                images++;
                untagged += Tag.TryParse(name, out _) ? 0 : 1;
                if (examples.Count < MaxExamples)
                    examples.Add(new ImageResult(repository.ToString(), name, ImageOutcome.Skipped, null, null).Display);
            }
        }
        return new SelectionMiss(images, IsWhole: true, examples) { Untagged = untagged };
    }

    // Registries do not tell what has no tag; what else can't be listed was told by the run itself.
    private static async IAsyncEnumerable<string> NamesOf(
        IImageSource source, RepositoryName repository, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var names = await ListAsync(source, repository, untagged: true, cancellationToken) ?? await ListAsync(source, repository, untagged: false, cancellationToken);
        foreach (var name in names ?? [])
            yield return name;
    }

    private static async Task<List<string>?> ListAsync(IImageSource source, RepositoryName repository, bool untagged, CancellationToken cancellationToken)
    {
        try
        {
            return await source.ListNamesAsync(repository, untagged, cancellationToken).Take(MaxCounted + 1).ToListAsync(cancellationToken);
        }
        catch (TransferException)
        {
            return null;
        }
    }
}
