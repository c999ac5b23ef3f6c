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
    private readonly HarborManifests _manifests;
    private readonly HarborReferrers _referrers;

    public HarborRegistry(HarborDouble harbor, RegistryTreeWriter writer)
    {
        _harbor = harbor;
        _writer = writer;
        _registry = new RegistryApi(writer.View, writer, NullLogger<RegistryApi>.Instance);
        _uploads = new HarborUploads(_registry, writer);
        _manifests = new HarborManifests(harbor, _registry, writer.View);
        _referrers = new HarborReferrers(harbor);
    }

    public Task AnswerAsync(HttpContext http, HarborRoute route)
    {
        if (route.Resource is HarborResource.Base or HarborResource.Catalog or HarborResource.Tags)
            return _registry.AnswerAsync(http);
        if (route.Resource == HarborResource.Referrers)
            return _referrers.ListAsync(http, route);
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
            (HarborResource.Manifest, _) => _manifests.AnswerAsync(http, route, project),
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
}
