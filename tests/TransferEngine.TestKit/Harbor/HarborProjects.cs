using System.Collections.Concurrent;

namespace TransferEngine.TestKit.Harbor;

/// <summary>The double's projects. <c>library</c> is there from the start and public, as Harbor's installer leaves it.</summary>
public sealed class HarborProjects
{
    private readonly ConcurrentDictionary<string, HarborProject> _projects = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;
    private int _lastId;

    internal HarborProjects(TimeProvider time)
    {
        _time = time;
        Add("library").IsPublic = true;
    }

    /// <summary>All projects in the order in which they were created.</summary>
    public IReadOnlyList<HarborProject> All => [.. _projects.Values.OrderBy(project => project.Id)];

    public HarborProject? Find(string name) => _projects.GetValueOrDefault(name);

    /// <summary>Makes a project as an administrator would have done before.</summary>
    public HarborProject Add(string name) => TryAdd(name) ?? throw new InvalidOperationException($"There is a project {name} already.");

    /// <summary>Removes a project, as if it had never been.</summary>
    public void Remove(string name) => _projects.TryRemove(name, out _);

    internal HarborProject? TryAdd(string name)
    {
        var project = new HarborProject(Interlocked.Increment(ref _lastId), name, _time.GetUtcNow());
        return _projects.TryAdd(name, project) ? project : null;
    }

    /// <summary>Whether the project's repositories are listed to somebody.</summary>
    internal bool MayList(HarborAccount? account, HarborProject project) =>
        account is not { MayNotList: true } && (project.IsPublic || account is not { MayListOnlyPublic: true }) && RightsOf(account, project).Contains("pull");

    /// <summary>Whether the artifacts of its repositories are: to no project's robot.</summary>
    internal bool MayListArtifacts(HarborAccount? account, HarborProject project) => account is not { Project: not null } && MayList(account, project);

    internal IReadOnlySet<string> RightsOf(HarborAccount? account, HarborProject project) =>
        account?.RightsIn(project) ?? (project.IsPublic ? new HashSet<string>(StringComparer.Ordinal) { "pull" } : new HashSet<string>(StringComparer.Ordinal));
}
