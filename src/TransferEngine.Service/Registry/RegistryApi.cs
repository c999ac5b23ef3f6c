using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Service.Registry;

/// <summary>
/// The OCI distribution specification 1.1 over a storage tree: pull, push, discovery and deletion, with distribution's catalog.
/// Without a writer it only reads, and answers 405 to the rest.
/// </summary>
public sealed class RegistryApi
{
    private readonly BlobHandler _blobs;
    private readonly UploadHandler _uploads;
    private readonly ManifestHandler _manifests;
    private readonly ListingHandler _listings;
    private readonly ReferrersHandler _referrers;
    private readonly ILogger _log;

    public RegistryApi(RegistryTreeView view, RegistryTreeWriter? writer, ILogger<RegistryApi> log)
    {
        _blobs = new BlobHandler(view, writer);
        _uploads = new UploadHandler(view, writer);
        _manifests = new ManifestHandler(view, writer);
        _listings = new ListingHandler(view);
        _referrers = new ReferrersHandler(view);
        _log = log;
    }

    /// <summary>Answers one request, whatever its path.</summary>
    public async Task AnswerAsync(HttpContext context)
    {
        context.Response.Headers["Docker-Distribution-API-Version"] = "registry/2.0";
        try
        {
            var result = await DecideAsync(context).ConfigureAwait(false);
            await result.ExecuteAsync(context).ConfigureAwait(false);
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested && e is OperationCanceledException or IOException)
        {
            // The client is gone: nobody is left to answer.
        }
        catch (BadHttpRequestException e)
        {
            await RefuseAsync(context, new RegistryError(e.StatusCode, "SIZE_INVALID", e.Message), e).ConfigureAwait(false);
        }
        catch (TransferException e)
        {
            // The tree's own trouble; paths are the operator's business, not the client's.
            await RefuseAsync(context, new RegistryError(500, "UNKNOWN", "The registry's storage failed; its log says why."), e).ConfigureAwait(false);
        }
        RegistryLog.Answered(_log, context.Request.Method, Printable.Of(context.Request.Path.Value ?? ""), context.Response.StatusCode);
    }

    private async Task RefuseAsync(HttpContext context, RegistryError error, Exception cause)
    {
        if (error.Status >= 500)
            RegistryLog.Failed(_log, context.Request.Method, Printable.Of(context.Request.Path.Value ?? ""), Printable.Whole(cause.Message));
        // An answer that has begun can't be taken back: cut it, so that the client does not take it for whole.
        if (context.Response.HasStarted)
            context.Abort();
        else
            await error.ExecuteAsync(context).ConfigureAwait(false);
    }

    private ValueTask<IResult> DecideAsync(HttpContext context)
    {
        var route = RegistryRoute.Parse(context.Request.Path.Value ?? "");
        var method = context.Request.Method;
        if (route.Resource is RegistryResource.Unknown)
            return Now(new RegistryError(404, "UNSUPPORTED", "There is no such endpoint."));
        if (route.Name.Length > 0 && route.Repository is null)
            return Now(RegistryError.NameInvalid(Printable.Of(route.Name)));
        var reads = HttpMethods.IsGet(method) || HttpMethods.IsHead(method);
        var repository = route.Repository.GetValueOrDefault();
        return route.Resource switch
        {
            RegistryResource.Base when reads => Now(TypedResults.Json(new { })),
            RegistryResource.Catalog when reads => Now(_listings.Catalog(context.Request)),
            RegistryResource.Tags when reads => Now(_listings.Tags(context, repository)),
            RegistryResource.Referrers when reads => Now(_referrers.List(context, repository, route.Item)),
            RegistryResource.Blob => Now(_blobs.Answer(context, repository, route.Item)),
            RegistryResource.Manifest => _manifests.AnswerAsync(context, repository, route.Item),
            RegistryResource.Uploads when HttpMethods.IsPost(method) => _uploads.StartAsync(context, repository),
            RegistryResource.Upload => _uploads.AnswerAsync(context, repository, route.Item),
            _ => Now(RegistryError.Unsupported($"{method} is not supported here.")),
        };
    }

    private static ValueTask<IResult> Now(IResult result) => ValueTask.FromResult(result);
}
