using System.Net;
using System.Text.Json;
using TransferEngine.Images;

namespace TransferEngine.Registry;

public sealed partial class RegistryTarget
{
    private const int TagsPerPage = 1000;
    private const int MaxTagPages = 10_000;

    // Many registries, distribution 2 among them, give all tags at once whatever is asked for.
    private const int MaxTagPage = 32 * 1024 * 1024;

    /// <inheritdoc/>
    /// <remarks><c>GET /v2/&lt;name&gt;/tags/list</c> with paging (specification, "Content Discovery"). 404 means that the repository is unknown.</remarks>
    public async Task<IReadOnlySet<Tag>?> ListTagsAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        var subject = About("the list of tags", repository);
        var tags = new HashSet<Tag>();
        var page = At(repository, $"tags/list?n={TagsPerPage}");
        for (var pages = 0; page is not null && pages < MaxTagPages; pages++)
        {
            var address = page;
            using var response = await _transport.SendAsync(() => new HttpRequestMessage(HttpMethod.Get, address), PullScope(repository), subject, cancellationToken, MaxTagPage);
            if (response.StatusCode == HttpStatusCode.NotFound)
                return pages == 0 ? null : tags;
            await ThrowUnlessAsync(response, HttpStatusCode.OK, subject, cancellationToken);
            AddTags(await RegistryErrors.ReadBoundedAsync(response, MaxTagPage, cancellationToken), tags, subject);
            page = NextLink.Find(response, address, _transport);
        }
        return tags;
    }

    private void AddTags(byte[] body, HashSet<Tag> tags, RequestSubject subject)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            // Registries write null where a repository has lost its last tag.
            if (!json.RootElement.TryGetProperty("tags", out var list) || list.ValueKind != JsonValueKind.Array)
                return;
            foreach (var item in list.EnumerateArray())
            {
                if (item.ValueKind == JsonValueKind.String && Tag.TryParse(item.GetString(), out var tag))
                    tags.Add(tag);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Violation("The registry's list of tags can't be read.", subject);
        }
    }
}
