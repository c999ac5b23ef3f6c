using System.Collections.Concurrent;
using TransferEngine.Images;

namespace TransferEngine.Storage.Packages;

/// <summary>Finds in a target what a package left out.</summary>
public static class PackageBases
{
    private const int Width = 16;
    private const int NamedBlobs = 3;

    /// <summary>
    /// Asks, by HEAD, for each needed blob the repository that the base put it into, then those that use it in the package, until
    /// one has it.
    /// </summary>
    /// <param name="index">The package's.</param>
    /// <param name="target">Where it is to be unpacked.</param>
    /// <param name="rename">The target's name of a repository of the package: mapping and prefix.</param>
    /// <param name="cancellationToken">Stops the requests.</param>
    /// <returns>For each needed blob a repository of the target, by the target's name, to mount it from.</returns>
    /// <exception cref="TransferException"><see cref="ErrorCode.PackageBaseMissing"/>: names the bases and the blobs that are not there.</exception>
    public static async Task<IReadOnlyDictionary<Digest, RepositoryName>> LocateAsync(
        PackageIndex index, IImageTarget target, Func<RepositoryName, RepositoryName> rename, CancellationToken cancellationToken)
    {
        var users = index.Repositories.SelectMany(repository => repository.Blobs, (repository, blob) => (repository.Name, blob)).ToLookup(use => use.blob, use => use.Name);
        var known = new ConcurrentDictionary<RepositoryName, Lazy<Task<bool>>>();
        var places = new ConcurrentDictionary<Digest, RepositoryName>();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Width, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(index.Needed, parallel, async (blob, token) =>
        {
            foreach (var candidate in users[blob.Digest].Prepend(blob.Repository).Distinct())
            {
                var repository = rename(candidate);
                var exists = known.GetOrAdd(repository, name => new Lazy<Task<bool>>(async () => await target.ListTagsAsync(name, cancellationToken) is not null));
                if (!await exists.Value || await target.HeadBlobAsync(repository, blob.Digest, token) != blob.Size)
                    continue;
                places.TryAdd(blob.Digest, repository);
                return;
            }
        });
        var missing = index.Needed.Where(blob => !places.ContainsKey(blob.Digest)).ToList();
        return missing.Count == 0 ? places : throw Missing(index, target, missing);
    }

    /// <summary>A base as messages name it: its name, and its id if it is a package.</summary>
    public static string Label(PackageBase one) => one.Package is { } id ? $"{Printable.Of(one.Name)} ({id})" : Printable.Of(one.Name);

    private static TransferException Missing(PackageIndex index, IImageTarget target, List<NeededBlob> missing)
    {
        var bases = missing.Select(blob => blob.Base).Distinct().Order().Select(number => Label(index.Bases[number]));
        var named = string.Join(", ", missing.Take(NamedBlobs).Select(blob => $"{blob.Digest} (in {blob.Repository})"));
        var more = missing.Count > NamedBlobs ? $" and {missing.Count - NamedBlobs} more" : "";
        return new TransferException(new TransferError(ErrorCode.PackageBaseMissing,
            $"{target.Endpoint} lacks {missing.Count} of the {index.Needed.Count} blobs that the package leaves out, so its base is not there: {string.Join(", ", bases)}. Missing: {named}{more}.")
        {
            Scope = ErrorScope.Endpoint,
            Hint = "Unpack the base into the same target first, with the same mapping, then this package.",
        });
    }
}
