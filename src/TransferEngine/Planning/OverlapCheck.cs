using TransferEngine.Images;

namespace TransferEngine.Planning;

/// <summary>Refuses to write into what is being read.</summary>
internal static class OverlapCheck
{
    /// <exception cref="TransferException"><see cref="ErrorCode.EndpointInvalid"/>: source and target are the same folder or file, or one lies in the other; or the target is a part of the source's registry that would be listed too.</exception>
    public static void Run(MigrationJob job)
    {
        RefuseEndless(job);
        if (job.Source.LocalPath is not { } source || job.Target.LocalPath is not { } target || !(IsWithin(source, target) || IsWithin(target, source)))
            return;
        throw new TransferException(new TransferError(ErrorCode.EndpointInvalid, source == target
            ? "Source and target are the same."
            : $"{(IsWithin(source, target) ? "The source lies in the target" : "The target lies in the source")}: {source}, {target}.")
        {
            Scope = ErrorScope.Endpoint,
            Path = target,
            Hint = "Name a target that lies elsewhere.",
        });
    }

    /// <summary>
    /// What a run puts into the registry that it lists would be listed too, and put there once more below its own name: backup/app, backup/backup/app. Tried
    /// out with a name that the source could have.
    /// </summary>
    private static void RefuseEndless(MigrationJob job)
    {
        if (!job.IsWithinOneRegistry || job.Source.Registry is not { IsNamed: false } source)
            return;
        var name = RepositoryName.Parse(source.Prefix is { } prefix ? $"{prefix}/x" : "x");
        if (job.TryMapRepository(name) is not { } first || first == name || !source.Holds(first.ToString()) || !job.Selection.Wants(first))
            return;
        var second = job.TryMapRepository(first);
        if (second == first)
            return;
        throw new TransferException(new TransferError(ErrorCode.EndpointInvalid,
            $"The target lies in the source: {name} would become {first}, which would be listed and become {second}.")
        {
            Scope = ErrorScope.Endpoint,
            Hint = "Leave the target's repositories out by --exclude, or name a part of the source.",
        });
    }

    private static bool IsWithin(string path, string folder) =>
        path == folder || path.StartsWith(Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);
}
