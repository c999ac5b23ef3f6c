using System.Collections.Concurrent;
using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>
/// What is known of the target's projects: each is asked for once, created once when something is to be written into it, and once it
/// has refused for a reason that concerns all of it, nothing more is sent there.
/// </summary>
internal sealed class HarborProjects(HarborApi api, HarborOptions options) : IDisposable
{
    private readonly ConcurrentDictionary<string, Project> _projects = new(StringComparer.Ordinal);

    private sealed class Project(int pushes)
    {
        /// <summary>Held while the project is asked for or created: the others wait and find the answer.</summary>
        public SemaphoreSlim Gate { get; } = new(1);

        public SemaphoreSlim Pushes { get; } = new(pushes);

        /// <summary>Null until asked for; only looked at behind the gate.</summary>
        public bool? IsThere;

        public volatile bool IsReady;

        public volatile TransferError? Refusal;
    }

    private sealed class Turn(SemaphoreSlim turns) : IDisposable
    {
        private SemaphoreSlim? _turns = turns;

        public void Dispose() => Interlocked.Exchange(ref _turns, null)?.Release();
    }

    /// <summary>A repository's first component.</summary>
    public static string ProjectOf(RepositoryName repository)
    {
        var name = repository.ToString();
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? name : name[..slash];
    }

    /// <summary>Whether the project is there; asked for once.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.ProjectMissing"/> if it is not, and none may be created.</exception>
    public Task<bool> IsThereAsync(string name, CancellationToken cancellationToken) => InGateAsync(name, async project =>
    {
        project.IsThere ??= await api.HasProjectAsync(name, cancellationToken);
        return project.IsThere.Value || (options.CreateProjects ? false : throw Missing(name));
    }, cancellationToken);

    /// <summary>Makes sure that there is a project that can be written into.</summary>
    /// <exception cref="TransferException">There is none and none can be created, or it has refused before.</exception>
    public ValueTask EnsureAsync(string name, CancellationToken cancellationToken)
    {
        var project = Of(name);
        if (project.Refusal is { } refusal)
            throw new TransferException(refusal);
        return project.IsReady ? ValueTask.CompletedTask : new ValueTask(CreateAsync(name, cancellationToken));
    }

    /// <summary>From now on nothing is sent to this project.</summary>
    public void Refuse(string name, TransferError error) => Of(name).Refusal ??= error with { Reference = null, Digest = null, Repository = null };

    /// <summary>Waits for one of the turns in which manifests are pushed into a project.</summary>
    public async ValueTask<IDisposable> EnterAsync(string name, CancellationToken cancellationToken)
    {
        var turns = Of(name).Pushes;
        await turns.WaitAsync(cancellationToken);
        return new Turn(turns);
    }

    public void Dispose()
    {
        foreach (var project in _projects.Values)
        {
            project.Gate.Dispose();
            project.Pushes.Dispose();
        }
    }

    private Task<bool> CreateAsync(string name, CancellationToken cancellationToken) => InGateAsync(name, async project =>
    {
        try
        {
            // Whoever waited at the gate meanwhile finds what the first has found.
            if (project.Refusal is { } refusal)
                throw new TransferException(refusal);
            project.IsThere ??= await api.HasProjectAsync(name, cancellationToken);
            if (project.IsThere == false)
            {
                if (!options.CreateProjects)
                    throw Missing(name);
                await api.CreateProjectAsync(name, options, cancellationToken);
                project.IsThere = true;
            }
            return project.IsReady = true;
        }
        catch (TransferException e) when (!e.IsTransient && e.Error.Scope == ErrorScope.Repository)
        {
            project.Refusal = e.Error;
            throw;
        }
    }, cancellationToken);

    private async Task<bool> InGateAsync(string name, Func<Project, Task<bool>> ask, CancellationToken cancellationToken)
    {
        var project = Of(name);
        await project.Gate.WaitAsync(cancellationToken);
        try
        {
            return await ask(project);
        }
        finally
        {
            project.Gate.Release();
        }
    }

    private Project Of(string name) => _projects.GetOrAdd(name, static (_, pushes) => new Project(pushes), options.PushesPerProject);

    private static TransferException Missing(string name) => new(new TransferError(ErrorCode.ProjectMissing, $"There is no project '{name}', and none may be created.")
    { Scope = ErrorScope.Repository, Hint = "Create it, or let it be created: harbor.create-projects = true." });
}
