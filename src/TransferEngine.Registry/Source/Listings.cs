using System.Net;
using System.Runtime.CompilerServices;
using TransferEngine.Images;

namespace TransferEngine.Registry;

public sealed partial class RegistrySource
{
    private const int ResolvedAhead = 8;

    /// <inheritdoc/>
    /// <remarks>
    /// <c>GET /v2/_catalog</c> with paging (distribution's "Listing Repositories"). Where it is refused, as Docker Hub does, an
    /// address with a prefix is taken to mean the one repository of that name.
    /// </remarks>
    public async IAsyncEnumerable<SourceRepository> ListRepositoriesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var subject = AboutList("the list of repositories");
        var catalog = new PagedList(subject, (page, token) => GetCatalogAsync(page, subject, token)) { IsNone = response => IsHidden(response.StatusCode) };
        var first = new Uri(_transport.Base, $"/v2/_catalog?n={PagedList.EntriesPerPage}");
        await foreach (var page in catalog.ReadAsync(first, "repositories", PagedList.Text, cancellationToken))
        {
            if (page is null)
            {
                yield return await FindPrefixItselfAsync(cancellationToken);
                yield break;
            }
            foreach (var name in page.Where(Registry.Holds))
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
        var subject = AboutList("the list of tags", repository);
        var list = new PagedList(subject, (page, token) => GetPageAsync(page, PullScope(repository), subject, token)) { IsNone = IsUnknown };
        var first = new Uri(_transport.Base, $"/v2/{repository}/tags/list?n={PagedList.EntriesPerPage}");
        await foreach (var page in list.ReadAsync(first, "tags", PagedList.Text, cancellationToken))
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

    private async Task<HttpResponseMessage> GetPageAsync(Uri page, string scope, RequestSubject subject, CancellationToken cancellationToken)
    {
        var (response, body) = await GetAsync(page.PathAndQuery, scope, subject, PagedList.MaxPageBytes, null, cancellationToken);
        if (response.StatusCode == HttpStatusCode.OK)
            BoundedBody.Hold(response, body);
        return response;
    }

    // A catalog may be hidden by the token server, too, which then gives no token for it.
    private async Task<HttpResponseMessage> GetCatalogAsync(Uri page, RequestSubject subject, CancellationToken cancellationToken)
    {
        try
        {
            return await GetPageAsync(page, "registry:catalog:*", subject, cancellationToken);
        }
        catch (TransferException e) when (e.Error is { Scope: ErrorScope.Repository, IsTransient: false })
        {
            return new HttpResponseMessage(HttpStatusCode.Forbidden) { Content = new ByteArrayContent([]) };
        }
    }

    // A repository that has lost its last tag is unknown to some registries. A page of a proxy's is not their word.
    private static bool IsUnknown(HttpResponseMessage response) => response.StatusCode == HttpStatusCode.NotFound && !Proof.IsWebPage(response);

    // A catalog is many registries' secret.
    private static bool IsHidden(HttpStatusCode status) => status is HttpStatusCode.NotFound or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden
        or HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented;

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
