using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using TransferEngine.Images;

namespace TransferEngine.Registry;

public sealed partial class RegistrySource
{
    private const int EntriesPerPage = 1000;
    private const int MaxPages = 10_000;
    private const int MaxPage = 32 * 1024 * 1024;
    private const int ResolvedAhead = 8;

    /// <inheritdoc/>
    /// <remarks>
    /// <c>GET /v2/_catalog</c> with paging (distribution's "Listing Repositories"). Where it is refused, as Docker Hub does, an
    /// address with a prefix is taken to mean the one repository of that name.
    /// </remarks>
    public async IAsyncEnumerable<SourceRepository> ListRepositoriesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var page in ListPagesAsync($"/v2/_catalog?n={EntriesPerPage}", "registry:catalog:*", "repositories", About("the list of repositories"), cancellationToken))
        {
            if (page is null)
            {
                yield return await FindPrefixItselfAsync(cancellationToken);
                yield break;
            }
            foreach (var name in page.Where(IsBelowPrefix))
            {
                if (seen.Add(name))
                    yield return RepositoryName.TryParse(name, out var repository)
                        ? new SourceRepository(name, repository)
                        : new SourceRepository(name, null, new TransferError(ErrorCode.RepositoryNameInvalid, $"'{Printable.Of(name)}' is no valid repository name.") { Host = _endpoint.Host });
            }
        }
        if (seen.Count == 0 && _endpoint.Prefix is not null)
            throw NothingBelowPrefix();
    }

    /// <inheritdoc/>
    /// <remarks>
    /// <c>GET /v2/&lt;name&gt;/tags/list</c> with paging (specification, "Content Discovery"), and for each tag its digest. No request
    /// lists what has no tag, so <paramref name="untagged"/> is refused rather than quietly left out.
    /// </remarks>
    public IAsyncEnumerable<SourceImage> ListImagesAsync(RepositoryName repository, bool untagged, CancellationToken cancellationToken) =>
        OrderedWindow.SelectAsync(ListNamesAsync(repository, untagged, cancellationToken), ResolvedAhead,
            (name, token) => ImageOfAsync(repository, name, token), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ListNamesAsync(
        RepositoryName repository, bool untagged, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (untagged)
            throw new TransferException(new TransferError(ErrorCode.EndpointInvalid, $"A registry does not tell which of its manifests have no tag, so {this.Endpoint} can't be read with --untagged.")
            { Scope = ErrorScope.Endpoint, Hint = "Leave --untagged out, name them by digest with --images, or read the registry's storage tree." });
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var subject = About("the list of tags", repository);
        await foreach (var page in ListPagesAsync($"/v2/{repository}/tags/list?n={EntriesPerPage}", PullScope(repository), "tags", subject, cancellationToken))
        {
            foreach (var name in page ?? [])
            {
                if (seen.Add(name))
                    yield return name;
            }
        }
    }

    private async Task<SourceImage> ImageOfAsync(RepositoryName repository, string name, CancellationToken cancellationToken)
    {
        if (!Tag.TryParse(name, out var tag))
            return new SourceImage(name, null, null, new TransferError(ErrorCode.TagInvalid, $"'{Printable.Of(name)}' is no valid tag.") { Repository = repository, Host = _endpoint.Host });
        try
        {
            return new SourceImage(name, tag, await ResolveAsync(repository, tag, cancellationToken));
        }
        catch (TransferException e) when (e.Error.Scope != ErrorScope.Endpoint)
        {
            return new SourceImage(name, tag, null, e.Error);
        }
    }

    /// <summary>The entries page by page; one null if the registry has no such list, or hides it.</summary>
    private async IAsyncEnumerable<IReadOnlyList<string>?> ListPagesAsync(
        string first, string scope, string property, RequestSubject subject, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var path = first;
        var isFirst = true;
        for (var pages = 0; path is not null; pages++)
        {
            if (pages == MaxPages)
                throw SourceErrors.Violation($"The registry's list of {property} does not end.", subject);
            if (await FindPageAsync(path, scope, subject, isFirst, cancellationToken) is not var (response, body))
            {
                yield return null;
                yield break;
            }
            using (response)
            {
                // Some take no page as large as that; left to itself a registry knows its measure.
                if (isFirst && response.StatusCode == HttpStatusCode.BadRequest && path != WithoutQuery(path))
                {
                    path = WithoutQuery(path);
                    continue;
                }
                isFirst = false;
                if (response.StatusCode != HttpStatusCode.OK)
                    throw await SourceErrors.RefusedAsync(response, subject, new TransferError(ErrorCode.SourceUnreadable, $"The registry's list of {property} ends in the middle."), cancellationToken);
                yield return Entries(body, property, subject);
                path = NextLink.Find(response, new Uri(_transport.Base, path), _transport)?.PathAndQuery;
            }
        }
    }

    // A catalog may be hidden by the registry, or by its token server, which then gives no token for it.
    private async Task<(HttpResponseMessage Response, byte[] Body)?> FindPageAsync(
        string path, string scope, RequestSubject subject, bool isFirst, CancellationToken cancellationToken)
    {
        try
        {
            var page = await GetAsync(path, scope, subject, MaxPage, null, cancellationToken);
            if (!isFirst || !HasNone(page.Response.StatusCode, subject))
                return page;
            page.Response.Dispose();
            return null;
        }
        catch (TransferException e) when (isFirst && subject.Repository is null && e.Error.Scope == ErrorScope.Repository)
        {
            return null;
        }
    }

    private static string WithoutQuery(string path) => path.Split('?', 2)[0];

    // A repository that has lost its last tag is 404 on some registries; a catalog is many registries' secret.
    private static bool HasNone(HttpStatusCode status, RequestSubject subject) =>
        status == HttpStatusCode.NotFound
        || (subject.Repository is null && status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented);

    private static List<string> Entries(byte[] body, string property, RequestSubject subject)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            // Registries write null where there is none.
            return !json.RootElement.TryGetProperty(property, out var list) || list.ValueKind != JsonValueKind.Array ? []
                : [.. list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw SourceErrors.Violation($"The registry's list of {property} can't be read.", subject);
        }
    }

    private bool IsBelowPrefix(string name) => _endpoint.Prefix is not { } prefix
        || (name.StartsWith(prefix.ToString(), StringComparison.Ordinal) && (name.Length == prefix.ToString().Length || name[prefix.ToString().Length] == '/'));

    private async Task<SourceRepository> FindPrefixItselfAsync(CancellationToken cancellationToken)
    {
        if (_endpoint.Repository is not { } prefix)
            throw new TransferException(new TransferError(ErrorCode.SourceUnreadable, $"{_endpoint.Host} does not list its repositories.")
            { Host = _endpoint.Host, Scope = ErrorScope.Endpoint, Hint = "Name them in a file given by --images, name one in the address, or give credentials that may read the catalog." });
        await foreach (var _ in ListNamesAsync(prefix, untagged: false, cancellationToken))
            return new SourceRepository(prefix.ToString(), prefix);
        throw NothingBelowPrefix();
    }

    private TransferException NothingBelowPrefix() =>
        new(new TransferError(ErrorCode.SourceNotFound, $"{_endpoint.Host} has no repository {_endpoint.Prefix}, nor any below it.")
        { Host = _endpoint.Host, Scope = ErrorScope.Endpoint, Hint = "Check the address, and what the user may see." });
}
