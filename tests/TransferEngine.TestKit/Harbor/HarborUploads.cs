using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using TransferEngine.Images;
using TransferEngine.Service.Registry;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.TestKit.Harbor;

/// <summary>
/// Upload sessions with Harbor's rules: each location is good for one request, a session that was cut is gone, the offset that a
/// client states does not count, and a POST takes no content.
/// </summary>
internal sealed class HarborUploads(RegistryApi registry, RegistryTreeWriter writer)
{
    // The state that each open session's next request must carry.
    private readonly ConcurrentDictionary<string, string> _states = new(StringComparer.Ordinal);

    public async Task StartAsync(HttpContext http, RepositoryName repository, bool isMount)
    {
        if (!isMount)
            http.Request.QueryString = QueryString.Empty;
        http.Response.OnStarting(() => Rewrite(http, repository));
        await registry.AnswerAsync(http);
    }

    public async Task UseAsync(HttpContext http, HarborRoute route)
    {
        var isOpen = _states.TryGetValue(route.Item, out var state);
        if (isOpen && http.Request.Query["_state"] != state)
        {
            await HarborReply.ErrorAsync(http, 404, "BLOB_UPLOAD_INVALID", "blob upload invalid");
            return;
        }
        var repository = RepositoryName.Parse(route.Repository);
        if (!isOpen && writer.FindUpload(repository, route.Item) is not null)
        {
            await HarborReply.ErrorAsync(http, 404, "BLOB_UPLOAD_INVALID", "blob upload invalid");
            return;
        }
        http.Request.Headers.Remove("Content-Range");
        http.Response.OnStarting(() => Rewrite(http, repository));
        try
        {
            await registry.AnswerAsync(http);
        }
        finally
        {
            if (http.RequestAborted.IsCancellationRequested || http.Response.StatusCode is not (202 or 204))
                _states.TryRemove(route.Item, out _);
        }
    }

    // Locations are absolute, and carry the session's state.
    private Task Rewrite(HttpContext http, RepositoryName repository)
    {
        var location = http.Response.Headers.Location.ToString();
        if (http.Response.StatusCode is not (202 or 204) || !location.Contains("/blobs/uploads/", StringComparison.Ordinal))
            return Task.CompletedTask;
        var id = location[(location.LastIndexOf('/') + 1)..].Split('?')[0];
        var state = _states[id] = Guid.NewGuid().ToString("N");
        var scheme = http.Request.Headers["X-Forwarded-Proto"].ToString() is { Length: > 0 } forwarded ? forwarded : "http";
        http.Response.Headers.Location = $"{scheme}://{http.Request.Host}/v2/{repository}/blobs/uploads/{id}?_state={state}";
        return Task.CompletedTask;
    }
}
