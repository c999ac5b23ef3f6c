using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using TransferEngine.Images;
using TransferEngine.Service.Registry;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.TestKit.Harbor;

/// <summary>
/// What Harbor's core does with a request that is let in, before the registry behind it sees it: policies, quotas, its own words for
/// what is missing.
/// </summary>
internal sealed class HarborRegistry
{
    private readonly HarborDouble _harbor;
    private readonly RegistryTreeWriter _writer;
    private readonly RegistryApi _registry;
    private readonly HarborUploads _uploads;

    public HarborRegistry(HarborDouble harbor, RegistryTreeWriter writer)
    {
        _harbor = harbor;
        _writer = writer;
        _registry = new RegistryApi(writer.View, writer, NullLogger<RegistryApi>.Instance);
        _uploads = new HarborUploads(_registry, writer);
    }

    public Task AnswerAsync(HttpContext http, HarborRoute route)
    {
        if (route.Resource is HarborResource.Base or HarborResource.Catalog or HarborResource.Listing)
            return _registry.AnswerAsync(http);
        var method = http.Request.Method;
        var project = _harbor.Projects.Find(route.Project)!;
        if (method is "POST" or "PUT" or "PATCH" or "DELETE")
        {
            if (_harbor.IsReadOnly)
                return HarborReply.RefuseUnreadAsync(http, 403, "DENIED", "The system is in read only mode. Any modification is prohibited.");
            if (project.IsProxy && method != "DELETE")
                return HarborReply.RefuseUnreadAsync(http, 403, "DENIED", $"denied: can not push artifact to a proxy project: {project.Name}");
        }
        return (route.Resource, method) switch
        {
            (HarborResource.Uploads, "POST") => StartAsync(http, route, project),
            (HarborResource.Upload, "PUT") => CommitAsync(http, route, project),
            (HarborResource.Upload, _) => _uploads.UseAsync(http, route),
            (HarborResource.Manifest, "PUT") => PutManifestAsync(http, route, project),
            (HarborResource.Manifest, "DELETE") when !Digest.TryParse(route.Item, out _) =>
                HarborReply.ErrorAsync(http, 400, "UNSUPPORTED", "the operation isn't supported: delete manifest by tag"),
            (HarborResource.Manifest, "HEAD" or "GET") => ReadManifestAsync(http, route),
            _ => _registry.AnswerAsync(http),
        };
    }

    private async Task StartAsync(HttpContext http, HarborRoute route, HarborProject project)
    {
        if (route.Item.Length > 0)
        {
            http.Response.Headers.Location = http.Request.Path + "/";
            http.Response.StatusCode = 301;
            return;
        }
        if (project.IsOverQuota)
        {
            await HarborReply.RefuseUnreadAsync(http, 403, "DENIED", project.Reserve(Digest.OfSha256([]), 1) ?? "");
            return;
        }
        var blob = FindMounted(http.Request.Query, out var digest);
        if (blob is { } found && project.Reserve(digest, found.Length) is { } refusal)
            await HarborReply.RefuseUnreadAsync(http, 403, "DENIED", refusal);
        else
            await _uploads.StartAsync(http, RepositoryName.Parse(route.Repository), isMount: blob is not null);
    }

    private StoredBlob? FindMounted(IQueryCollection query, out Digest digest) =>
        Digest.TryParse(query["mount"], out digest) && RepositoryName.TryParse(query["from"], out var from) ? _writer.View.FindBlob(from, digest) : null;

    private async Task CommitAsync(HttpContext http, HarborRoute route, HarborProject project)
    {
        _ = Digest.TryParse(http.Request.Query["digest"], out var digest);
        var held = _writer.FindUpload(RepositoryName.Parse(route.Repository), route.Item)?.Length;
        var isReserved = held is not null && digest != default && !project.Has(digest);
        if (isReserved && project.Reserve(digest, held!.Value + (http.Request.ContentLength ?? 0)) is { } refusal)
        {
            await HarborReply.RefuseUnreadAsync(http, 403, "DENIED", refusal);
            return;
        }
        await _uploads.UseAsync(http, route);
        if (isReserved && http.Response.StatusCode != 201)
            project.Release(digest);
    }

    private async Task PutManifestAsync(HttpContext http, HarborRoute route, HarborProject project)
    {
        if (!Digest.TryParse(route.Item, out _) && !Tag.TryParse(route.Item, out _))
        {
            await (_harbor.Version == HarborVersion.V29 ? HarborReply.TextAsync(http, 404, "404 page not found") : HarborReply.ErrorAsync(http, 400, "BAD_REQUEST", "invalid tag name"));
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
        await project.QueueAsync(() => TakeManifestAsync(http, project), http.RequestAborted);
    }

    private async Task TakeManifestAsync(HttpContext http, HarborProject project)
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
        await _registry.AnswerAsync(http);
        if (isNew && http.Response.StatusCode != 201)
            project.Release(digest);
    }

    private Task ReadManifestAsync(HttpContext http, HarborRoute route)
    {
        var repository = RepositoryName.Parse(route.Repository);
        if (!_writer.View.HasRepository(repository))
            return HarborReply.ErrorAsync(http, 404, "NOT_FOUND", $"repository {route.Repository} not found");
        Digest? digest = Digest.TryParse(route.Item, out var stated) ? stated : Tag.TryParse(route.Item, out var tag) ? _writer.View.FindTag(repository, tag) : null;
        if (digest is not { } known || _writer.View.FindManifest(repository, known) is not { } manifest)
            return HarborReply.ErrorAsync(http, 404, "NOT_FOUND", $"artifact {route.Repository}:{route.Item} not found");
        var isOci = manifest.MediaType is MediaType.OciManifest or MediaType.OciIndex;
        return isOci && !http.Request.Headers.Accept.ToString().Contains(manifest.MediaType, StringComparison.Ordinal)
            ? HarborReply.ErrorAsync(http, 404, "MANIFEST_UNKNOWN", "OCI manifest found, but accept header does not support OCI manifests")
            : _registry.AnswerAsync(http);
    }

    private bool HasTag(HarborRoute route) => Tag.TryParse(route.Item, out var tag) && _writer.View.FindTag(RepositoryName.Parse(route.Repository), tag) is not null;
}
