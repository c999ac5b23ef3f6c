using System.Net;
using System.Text.Json;
using TransferEngine.Images;

namespace TransferEngine.Registry;

internal sealed partial class HarborApi
{
    private const int ArtifactsPerPage = 100;
    private const int MaxPages = 10_000;

    // An artifact is listed with its config and annotations.
    private const int MaxPageBytes = 32 * 1024 * 1024;

    /// <summary>
    /// GET of a repository's artifacts, all pages. Empty if there is no such repository; null if the user may not list it. Slashes in the
    /// repository's name are encoded twice, as Harbor's description of its API asks for.
    /// </summary>
    public async Task<IReadOnlyDictionary<Tag, Digest>?> ListArtifactsAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        var project = HarborProjects.ProjectOf(repository);
        var name = Uri.EscapeDataString(Uri.EscapeDataString(repository.ToString()[(project.Length + 1)..]));
        var subject = new RequestSubject("to list the artifacts", host, repository);
        var tags = new Dictionary<Tag, Digest>();
        for (var page = 1; page <= MaxPages; page++)
        {
            var path = $"/api/v2.0/projects/{project}/repositories/{name}/artifacts?page={page}&page_size={ArtifactsPerPage}&with_tag=true";
            using var response = await SendAsync(HttpMethod.Get, path, null, subject, cancellationToken, MaxPageBytes);
            if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
                return null;
            if (response.StatusCode == HttpStatusCode.NotFound)
                return tags;
            if (response.StatusCode != HttpStatusCode.OK)
                throw await RegistryErrors.FromAsync(response, subject, cancellationToken);
            if (await ReadPageAsync(response, tags, subject, cancellationToken) < ArtifactsPerPage)
                break;
        }
        return tags;
    }

    private async Task<int> ReadPageAsync(HttpResponseMessage response, Dictionary<Tag, Digest> tags, RequestSubject subject, CancellationToken cancellationToken)
    {
        try
        {
            using var json = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(cancellationToken), default, cancellationToken);
            foreach (var artifact in json.RootElement.EnumerateArray())
                Add(artifact, tags);
            return json.RootElement.GetArrayLength();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new TransferException(new TransferError(ErrorCode.ProtocolViolation, "Harbor's list of artifacts can't be read.") { Host = host, Repository = subject.Repository }, e);
        }
    }

    // Artifacts without a tag have null for their tags.
    private static void Add(JsonElement artifact, Dictionary<Tag, Digest> tags)
    {
        if (!Digest.TryParse(artifact.GetProperty("digest").GetString(), out var digest) || !artifact.TryGetProperty("tags", out var names) || names.ValueKind != JsonValueKind.Array)
            return;
        foreach (var name in names.EnumerateArray())
        {
            if (Tag.TryParse(name.GetProperty("name").GetString(), out var tag))
                tags[tag] = digest;
        }
    }
}
