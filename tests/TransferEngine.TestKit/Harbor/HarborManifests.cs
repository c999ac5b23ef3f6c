using System.Text.Json;
using Microsoft.AspNetCore.Http;
using TransferEngine.Images;
using TransferEngine.Service.Registry;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.TestKit.Harbor;

/// <summary>Manifests, as Harbor's core lets them through to the registry behind it: and what it makes of those that the registry would take.</summary>
internal sealed class HarborManifests(HarborDouble harbor, RegistryApi registry, RegistryTreeView view)
{
    public Task AnswerAsync(HttpContext http, HarborRoute route, HarborProject project) => http.Request.Method switch
    {
        "PUT" => PutAsync(http, route, project),
        "GET" or "HEAD" => ReadAsync(http, route),
        "DELETE" when !Digest.TryParse(route.Item, out _) =>
            HarborReply.ErrorAsync(http, 400, "UNSUPPORTED", "the operation isn't supported: delete manifest by tag"),
        _ => registry.AnswerAsync(http),
    };

    private async Task PutAsync(HttpContext http, HarborRoute route, HarborProject project)
    {
        if (!Digest.TryParse(route.Item, out _) && !Tag.TryParse(route.Item, out _))
        {
            await (harbor.Version == HarborVersion.V29
                ? HarborReply.TextAsync(http, 404, "404 page not found")
                : HarborReply.ErrorAsync(http, 400, "BAD_REQUEST", "invalid tag name"));
            return;
        }
        if (project.ImmutableTags.ContainsKey($"{route.Repository}:{route.Item}") && HasTag(route))
        {
            var name = $"{route.Repository[(project.Name.Length + 1)..]}:{route.Item}";
            await HarborReply.RefuseUnreadAsync(http, 412, "PRECONDITION", $"Failed to process request due to '{name}' configured as immutable.");
            return;
        }
        var type = http.Request.ContentType?.Split(';')[0].Trim();
        if (type is not (MediaType.OciManifest or MediaType.OciIndex or MediaType.DockerManifest or MediaType.DockerManifestList))
        {
            await HarborReply.ErrorAsync(http, 400, "MANIFEST_INVALID", "unmarshal manifest failed: missing signature key");
            return;
        }
        await project.QueueAsync(() => TakeAsync(http, route, project), http.RequestAborted);
    }

    private async Task TakeAsync(HttpContext http, HarborRoute route, HarborProject project)
    {
        // Only the digest tells whether the manifest is new to the project: so it is read, and read again by the registry.
        using var content = new MemoryStream();
        await http.Request.Body.CopyToAsync(content, http.RequestAborted);
        var digest = Digest.OfSha256(content.ToArray());
        var isNew = !project.Has(digest);
        if (isNew && project.Reserve(digest, content.Length) is { } refusal)
        {
            await HarborReply.ErrorAsync(http, 403, "DENIED", refusal);
            return;
        }
        content.Position = 0;
        http.Request.Body = content;
        if (!await IsRefusedAsync(http, RepositoryName.Parse(route.Repository), content.ToArray()))
        {
            http.Response.OnStarting(() => FitHeaders(http.Response));
            await registry.AnswerAsync(http);
        }
        if (isNew && http.Response.StatusCode != 201)
            project.Release(digest);
    }

    // Of 2.9 a client can't tell by this header that its referrers are listed.
    private Task FitHeaders(HttpResponse response)
    {
        if (harbor.Version == HarborVersion.V29)
            response.Headers.Remove("OCI-Subject");
        return Task.CompletedTask;
    }

    private async Task<bool> IsRefusedAsync(HttpContext http, RepositoryName repository, byte[] bytes)
    {
        HarborManifest manifest;
        try
        {
            manifest = HarborManifest.Parse(bytes);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            // In the registry's words.
            return false;
        }
        if (manifest.Homeless is [var homeless, ..])
            return await RefuseHomelessAsync(http, homeless);
        var needed = manifest.Layers.Concat(manifest.Config is { } config ? [config] : []).Where(digest => view.FindBlob(repository, digest) is null)
            .Concat(manifest.Entries.Where(digest => !view.HasRevision(repository, digest) && view.FindBlob(repository, digest) is null)).Distinct().ToList();
        if (needed.Count > 0)
        {
            var errors = needed.Select(digest => new { code = "MANIFEST_BLOB_UNKNOWN", message = "blob unknown to registry", detail = digest.ToString() });
            await HarborReply.JsonAsync(http, 400, new { errors });
            return true;
        }
        // The registry takes an index that names layers, as BuildKit writes its cache; the core wants an artifact for each entry.
        if (manifest.Entries.Where(digest => !view.HasRevision(repository, digest)).ToList() is [var layer, ..])
            return await RefuseAsync(http, 404, "NOT_FOUND", $"artifact {repository}@{layer} not found");
        return manifest.Config is { } read && !IsObject(ReadAll(repository, read))
            && await RefuseAsync(http, 500, "UNKNOWN", "unknown: invalid character looking for beginning of value");
    }

    // The registry behind says two things that are unknown to it before the one that it means.
    private static async Task<bool> RefuseHomelessAsync(HttpContext http, Digest layer)
    {
        var errors = new[]
        {
            new { code = "UNKNOWN", message = "unknown error", detail = "" },
            new { code = "UNKNOWN", message = "missing URL on layer", detail = "" },
            new { code = "MANIFEST_BLOB_UNKNOWN", message = "blob unknown to registry", detail = layer.ToString() },
        };
        await HarborReply.JsonAsync(http, 500, new { errors });
        return true;
    }

    private static async Task<bool> RefuseAsync(HttpContext http, int status, string code, string message)
    {
        await HarborReply.ErrorAsync(http, status, code, message);
        return true;
    }

    private byte[] ReadAll(RepositoryName repository, Digest digest)
    {
        using var stream = view.OpenBlob(view.FindBlob(repository, digest)!.Value);
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }

    // What Go's decoder takes for one: it stops reading where the first value ends.
    private static bool IsObject(byte[] content)
    {
        var reader = new Utf8JsonReader(content);
        try
        {
            if (!JsonDocument.TryParseValue(ref reader, out var json))
                return false;
            using (json)
                return json.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private Task ReadAsync(HttpContext http, HarborRoute route)
    {
        var repository = RepositoryName.Parse(route.Repository);
        if (!view.HasRepository(repository))
            return HarborReply.ErrorAsync(http, 404, "NOT_FOUND", $"repository {route.Repository} not found");
        Digest? digest = Digest.TryParse(route.Item, out var stated) ? stated : Tag.TryParse(route.Item, out var tag) ? view.FindTag(repository, tag) : null;
        if (digest is not { } known || HarborAccessories.Read(view, repository, known) is not { } manifest)
            return HarborReply.ErrorAsync(http, 404, "NOT_FOUND", $"artifact {route.Repository}:{route.Item} not found");
        var isOci = manifest.MediaType is MediaType.OciManifest or MediaType.OciIndex;
        return isOci && !http.Request.Headers.Accept.ToString().Contains(manifest.MediaType, StringComparison.Ordinal)
            ? HarborReply.ErrorAsync(http, 404, "MANIFEST_UNKNOWN", "OCI manifest found, but accept header does not support OCI manifests")
            : registry.AnswerAsync(http);
    }

    private bool HasTag(HarborRoute route) => Tag.TryParse(route.Item, out var tag) && view.FindTag(RepositoryName.Parse(route.Repository), tag) is not null;
}
