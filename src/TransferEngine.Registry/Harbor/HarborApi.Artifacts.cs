using System.Net;
using System.Text.Json;
using TransferEngine.Images;

namespace TransferEngine.Registry;

internal sealed partial class HarborApi
{
    /// <summary>
    /// GET of a repository's artifacts, by tag. Empty if there is no such repository; null if the user may not list it, or it could not be had
    /// as a whole. Signatures and all that has a subject are not in it (Harbor 2.5 and later). Slashes in the repository's name are
    /// encoded twice, as Harbor's description of its API asks for.
    /// </summary>
    public async Task<IReadOnlyDictionary<Tag, Digest>?> ListArtifactsAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        var project = HarborProjects.ProjectOf(repository);
        var name = Uri.EscapeDataString(Uri.EscapeDataString(repository.ToString()[(project.Length + 1)..]));
        var tags = new Dictionary<Tag, Digest>();
        try
        {
            var status = await ReadListAsync($"/api/v2.0/projects/{project}/repositories/{name}/artifacts?with_tag=true&",
                About("the list of artifacts") with { Repository = repository }, artifact => Add(artifact, tags), cancellationToken);
            return status is HttpStatusCode.OK or HttpStatusCode.NotFound ? tags : null;
        }
        catch (TransferException e) when (e.Error.Code == ErrorCode.ProtocolViolation)
        {
            // It only spares requests: what it would have told is then asked for.
            return null;
        }
    }

    // Artifacts without a tag have null for their tags.
    private static string Add(JsonElement artifact, Dictionary<Tag, Digest> tags)
    {
        var text = artifact.GetProperty("digest").GetString();
        if (Digest.TryParse(text, out var digest) && artifact.TryGetProperty("tags", out var names) && names.ValueKind == JsonValueKind.Array)
        {
            foreach (var name in names.EnumerateArray())
            {
                if (Tag.TryParse(name.GetProperty("name").GetString(), out var tag))
                    tags[tag] = digest;
            }
        }
        return text ?? "";
    }
}
