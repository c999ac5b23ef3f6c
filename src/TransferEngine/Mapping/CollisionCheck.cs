using TransferEngine.Images;

namespace TransferEngine.Mapping;

/// <summary>
/// Finds out before anything moves whether two source repositories would write the same tag of one target repository. One
/// pass over the names, and only where the rules or the target can give two repositories one name; tags are read of those alone that share one.
/// </summary>
internal static class CollisionCheck
{
    /// <exception cref="TransferException"><see cref="ErrorCode.MappingCollision"/>.</exception>
    public static async Task RunAsync(MigrationJob job, CancellationToken cancellationToken)
    {
        if (job.Mapping is not { CanCollide: true } && !job.Target.CanMergeNames)
            return;
        var sources = new Dictionary<RepositoryName, List<RepositoryName>>();
        await foreach (var found in job.Source.ListRepositoriesAsync(cancellationToken))
        {
            // What has no name here fails by itself, and alone.
            if (found.Repository is not { } source || found.Error is not null || !job.Selection.Wants(source) || job.TryMapRepository(source) is not { } target)
                continue;
            if (sources.TryGetValue(target, out var others))
                others.Add(source);
            else
                sources.Add(target, [source]);
        }
        foreach (var (target, sharing) in sources.Where(entry => entry.Value.Count > 1).OrderBy(entry => entry.Key))
            await CheckTagsAsync(job, target, sharing, cancellationToken);
    }

    private static async Task CheckTagsAsync(
        MigrationJob job, RepositoryName target, IReadOnlyList<RepositoryName> sources, CancellationToken cancellationToken)
    {
        var owners = new Dictionary<Tag, RepositoryName>();
        foreach (var source in sources.Order())
        {
            foreach (var tag in await TagsAsync(job, source, cancellationToken))
            {
                if (!owners.TryAdd(tag, source))
                    throw Collision(target, owners[tag], source, tag);
            }
        }
    }

    private static async Task<HashSet<Tag>> TagsAsync(MigrationJob job, RepositoryName source, CancellationToken cancellationToken)
    {
        var tags = new HashSet<Tag>();
        try
        {
            await foreach (var name in job.ListNamesAsync(source, cancellationToken))
            {
                if (Tag.TryParse(name, out var tag))
                    tags.Add(tag);
            }
        }
        catch (TransferException e) when (e.Error.Scope != ErrorScope.Endpoint)
        {
            // The run itself meets this repository again, and reports it.
        }
        return tags;
    }

    private static TransferException Collision(RepositoryName target, RepositoryName first, RepositoryName second, Tag tag) => new(
        new TransferError(ErrorCode.MappingCollision, $"{first} and {second} get the same name, {target}, and both have the tag {tag}.")
        {
            Scope = ErrorScope.Endpoint,
            Repository = second,
            Reference = tag,
            Hint = "Change the rules, leave one of the two out, or put an exact= rule for one of them first.",
        });
}
