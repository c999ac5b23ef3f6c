using System.Collections.Concurrent;
using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>
/// Harbor (2.9 to 2.15) as a source: a registry whose repositories are listed by its own API, project by project, since it has a
/// catalog for administrators' passwords alone. What the user may not see is told, as an error or as a note.
/// </summary>
public sealed class HarborSource : DelegatingSource
{
    private const string NameThem = "Name the images in a file given by --images, or use an account that may list repositories.";

    private readonly RegistrySource _registry;
    private readonly RegistryEndpoint _endpoint;
    private readonly TimeProvider _time;
    private readonly HarborApi _api;

    // A run lists more than once.
    private readonly ConcurrentDictionary<string, bool> _notes = new(StringComparer.Ordinal);

    internal HarborSource(RegistrySource registry, RegistryEndpoint endpoint, TimeProvider time) : base(registry)
    {
        _registry = registry;
        _endpoint = endpoint;
        _time = time;
        _api = new HarborApi(registry.Transport, endpoint.Host, time);
    }

    public override string Endpoint => _endpoint.Prefix is { } prefix ? $"harbor://{_endpoint.Host}/{prefix}" : $"harbor://{_endpoint.Host}";

    public override IReadOnlyList<string> Notes => [.. Inner.Notes, .. _notes.Keys.Order(StringComparer.Ordinal)];

    /// <summary>No request is sent yet.</summary>
    /// <exception cref="TransferException">The certificate folder can't be used.</exception>
    public static HarborSource Create(
        RegistryEndpoint endpoint, RegistryOptions registry, ICredentialSource credentials, TimeProvider time, ILoggerFactory? loggers = null) =>
        new(RegistrySource.Create(endpoint, registry, credentials, time, loggers), endpoint, time);

    /// <inheritdoc/>
    /// <remarks>
    /// <c>GET /api/v2.0/projects</c> and <c>/projects/NAME/repositories</c>. A project that is seen and not listed to the user, as to a robot that may
    /// only pull, stands there by its name with an error.
    /// </remarks>
    public override async IAsyncEnumerable<SourceRepository> ListRepositoriesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await _registry.CheckOnceAsync(cancellationToken);
        HarborTarget.Demand(_registry.Transport, _endpoint.Host);
        await foreach (var found in _endpoint.Prefix is { } prefix ? ListBelowAsync(prefix, cancellationToken) : ListAllAsync(cancellationToken))
            yield return found;
    }

    private async IAsyncEnumerable<SourceRepository> ListAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var refused = new List<SourceRepository>();
        var isAnyListed = false;
        // In the order of the repositories' names, where a-b is before a/b.
        foreach (var project in (await FindProjectsAsync(cancellationToken)).OrderBy(project => project + "/", StringComparer.Ordinal))
        {
            var (names, error) = await ListProjectAsync(project, cancellationToken);
            if (error is not null)
                refused.Add(new SourceRepository(project, null, error));
            isAnyListed |= error is null;
            foreach (var name in names)
                yield return Of(name);
        }
        if (!isAnyListed && refused is [{ Error: { } first }, ..])
            throw new TransferException(first with { Scope = ErrorScope.Endpoint });
        foreach (var project in refused)
            yield return project;
    }

    /// <summary>The repositories at and below a prefix, which begins with a project.</summary>
    private async IAsyncEnumerable<SourceRepository> ListBelowAsync(RepositoryName prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var project = HarborProjects.ProjectOf(prefix);
        var (status, names) = await _api.ListRepositoriesAsync(project, cancellationToken);
        if (status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden && project != prefix.ToString() && await HasTagsAsync(prefix, cancellationToken))
        {
            _notes.TryAdd($"{NotListed(project).Message} {prefix} was taken; what may be below it was not seen.", true);
            yield return new SourceRepository(prefix.ToString(), prefix);
            yield break;
        }
        if (status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
            throw new TransferException(NotListed(project) with { Scope = ErrorScope.Endpoint });
        var isEmpty = true;
        foreach (var name in names.Where(_registry.Registry.Holds))
        {
            isEmpty = false;
            yield return Of(name);
        }
        if (isEmpty)
            throw new TransferException(new TransferError(ErrorCode.SourceNotFound, status == HttpStatusCode.NotFound
                ? $"{_endpoint.Host} has no project '{project}'." : $"{_endpoint.Host} has no repository {prefix}, nor any below it.")
            { Host = _endpoint.Host, Scope = ErrorScope.Endpoint, Hint = "Check the address, and what the user may see." });
    }

    /// <summary>
    /// The projects that the user sees. Harbor answers whoever it does not let in as it does to anybody, by what is public as if that
    /// were all: so its list counts only between two proofs that the user was let in, with no time between them for a lock to begin
    /// and end unseen; or, where it is too slow for that, if it says the same twice.
    /// </summary>
    private async Task<IReadOnlyList<string>> FindProjectsAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<string>? before = null;
        for (var reading = 0; reading <= HarborLock.Waits; reading++)
        {
            var began = _time.GetTimestamp();
            var user = await FindUserAsync(cancellationToken);
            var projects = await _api.ListProjectsAsync(cancellationToken);
            if (user is HarborUser.Person or HarborUser.Administrator)
                await FindUserAsync(cancellationToken);
            var isProven = user is HarborUser.Anybody or HarborUser.Robot || _time.GetElapsedTime(began) < HarborLock.Length;
            if (isProven || (before is not null && projects.SequenceEqual(before)))
            {
                Note(user, projects.Count);
                return projects;
            }
            before = projects;
        }
        throw new TransferException(new TransferError(ErrorCode.SourceUnreadable, $"{_endpoint.Host} lists other projects each time that it is asked.")
        { Host = _endpoint.Host, Scope = ErrorScope.Endpoint, IsTransient = true, Hint = "Run the same command again, or name a project in the address." });
    }

    private async Task<HarborUser> FindUserAsync(CancellationToken cancellationToken)
    {
        var user = await _api.FindUserAsync(cancellationToken);
        if (user == HarborUser.Anybody && await _registry.Transport.Authenticator.FindBasicAsync(cancellationToken) is not null)
            throw new TransferException(new TransferError(ErrorCode.Unauthorized, "Harbor takes the password for images, but not for a list of projects.")
            {
                Host = _endpoint.Host,
                Scope = ErrorScope.Endpoint,
                Hint = "An OIDC user's CLI secret is of that kind. Name the images in a file given by --images, or use a robot account.",
            });
        return user;
    }

    private void Note(HarborUser user, int count)
    {
        var visible = user switch
        {
            HarborUser.Administrator => null,
            HarborUser.Anybody => "To those without user name and password Harbor lists only public projects",
            HarborUser.Robot => "To a robot Harbor lists only public projects and those that it was made for",
            _ => "To this user Harbor lists only public projects and those that it is a member of",
        };
        if (visible is not null)
            _notes.TryAdd($"{visible}: {count} were found. If there are others, nothing of them was seen.", true);
    }

    // A project that has gone since it was listed has no repositories. What fails for one project is that one's trouble.
    private async Task<(IReadOnlyCollection<string> Names, TransferError? Error)> ListProjectAsync(string project, CancellationToken cancellationToken)
    {
        try
        {
            var (status, names) = await _api.ListRepositoriesAsync(project, cancellationToken);
            return (names, status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden ? NotListed(project) : null);
        }
        catch (TransferException e) when (e.Error.Scope != ErrorScope.Endpoint)
        {
            return ([], e.Error);
        }
    }

    private async Task<bool> HasTagsAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        await foreach (var _ in Inner.ListNamesAsync(repository, untagged: false, cancellationToken))
            return true;
        return false;
    }

    private SourceRepository Of(string name) => RepositoryName.TryParse(name, out var repository)
        ? new SourceRepository(name, repository)
        : new SourceRepository(name, null, new TransferError(ErrorCode.RepositoryNameInvalid, $"'{Printable.Of(name)}' is no valid repository name.")
        { Host = _endpoint.Host });

    private TransferError NotListed(string project) =>
        new(ErrorCode.Denied, $"Harbor does not list the repositories of the project '{project}' to this user.")
        { Host = _endpoint.Host, Scope = ErrorScope.Repository, Hint = NameThem };
}
