using TransferEngine.Images;

namespace TransferEngine.Planning;

/// <summary>Refuses to write into what is being read.</summary>
internal static class OverlapCheck
{
    /// <exception cref="TransferException"><see cref="ErrorCode.EndpointInvalid"/>: source and target are the same folder or file, or one lies in the other.</exception>
    public static void Run(MigrationJob job)
    {
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

    private static bool IsWithin(string path, string folder) =>
        path == folder || path.StartsWith(Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);
}
