using System.Collections.Concurrent;
using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>
/// One token per repository, and one more per project that it mounts from: Harbor grants all that the user may do, whatever actions
/// are asked for, and grants it by project. A token costs it a hundred milliseconds where the user has a password of its own.
/// </summary>
internal sealed class HarborScopes : TokenScopes
{
    // The repository that stands for its project as the source of mounts.
    private readonly ConcurrentDictionary<string, RepositoryName> _sources = new(StringComparer.Ordinal);

    public override string Pull(RepositoryName repository) => Push(repository);

    public override string Mount(RepositoryName repository, RepositoryName from)
    {
        var project = HarborProjects.ProjectOf(from);
        return project == HarborProjects.ProjectOf(repository) ? Push(repository) : $"{Push(repository)} {base.Pull(_sources.GetOrAdd(project, from))}";
    }
}
