using TransferEngine.Images;

namespace TransferEngine.Storage.RegistryTree;

/// <summary>
/// What is special about a tree that is Harbor's. Harbor 2.x keeps its images in a database besides, so that files alone change nothing
/// (goharbor/harbor#11773, #18514); Harbor 1.x takes repositories over from the registry when told to (goharbor/harbor#7250). The trees
/// themselves look alike.
/// </summary>
internal static class HarborStorage
{
    private static readonly FileOwner HarborsOwner = new(10000, 10000);

    // What Harbor's installer keeps beside the tree in its data volume.
    private static readonly string[] Siblings = ["database", "redis", "job_logs", "secret", "ca_download"];

    /// <exception cref="TransferException">The tree lies where a Harbor keeps it, and nobody said that it is a 1.x.</exception>
    public static void RefuseUnlessHarbor1(string root, RegistryTreeTargetOptions options)
    {
        if (!options.IsHarbor1 && LiesInHarbor(root))
            throw new TransferException(new TransferError(ErrorCode.TargetUnwritable, "This is where a Harbor keeps its images, and Harbor 2.x does not see what is written there.")
            {
                Scope = ErrorScope.Endpoint,
                Path = root,
                Hint = "Push to it: harbor://HOST. If it is a Harbor 1.x, say so with --harbor-1.",
            });
    }

    /// <summary>What is left to do after writing, if the tree is Harbor's.</summary>
    public static IEnumerable<string> Notes(RegistryTreeTargetOptions options)
    {
        if (!options.IsHarbor1 && options.Owner != HarborsOwner)
            yield break;
        yield return "For Harbor 1.x: create the projects that are missing, restart its registry and redis containers so that what they remember of blobs is forgotten, "
            + "then send POST /api/internal/syncregistry as an administrator; before that its pages do not show the new repositories.";
        if (!options.IsHarbor1)
            yield return "Harbor 2.x does not see what is written into its storage: push to harbor://HOST instead.";
    }

    /// <param name="root">The tree's <c>v2</c> folder: Harbor's is <c>/data/registry/docker/registry/v2</c>, and <c>/data</c> its data volume.</param>
    private static bool LiesInHarbor(string root)
    {
        var top = Path.GetDirectoryName(Path.GetDirectoryName(Path.GetDirectoryName(root)));
        return Path.GetFileName(top) == "registry" && Path.GetDirectoryName(top) is { } volume
            && Siblings.Count(name => Directory.Exists(Path.Join(volume, name))) >= 2;
    }
}
