using TransferEngine.Images;

namespace TransferEngine.Registry;

public sealed partial class RegistryTarget
{
    /// <inheritdoc/>
    /// <remarks><c>GET /v2/&lt;name&gt;/tags/list</c> with paging (specification, "Content Discovery"). 404 means that the repository is unknown.</remarks>
    public async Task<IReadOnlySet<Tag>?> ListTagsAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        var subject = AboutList("the list of tags", repository);
        var list = new PagedList(subject, (page, token) => _transport.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Get, page), PullScope(repository), subject, token, PagedList.MaxPageBytes));
        var tags = new HashSet<Tag>();
        await foreach (var names in list.ReadAsync(At(repository, $"tags/list?n={PagedList.EntriesPerPage}"), "tags", PagedList.Text, cancellationToken))
        {
            if (names is null)
                return null;
            foreach (var name in names)
            {
                // What is no valid tag is none that anything here could be pushed under.
                if (Tag.TryParse(name, out var tag))
                    tags.Add(tag);
            }
        }
        return tags;
    }
}
