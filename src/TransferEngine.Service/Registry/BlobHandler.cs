using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Service.Registry;

/// <summary><c>/v2/NAME/blobs/DIGEST</c>: GET and HEAD with ranges ("Pulling blobs"; RFC 9110, 14), DELETE ("Deleting blobs").</summary>
internal sealed class BlobHandler(RegistryTreeView view, RegistryTreeWriter? writer)
{
    public IResult Answer(HttpContext context, RepositoryName repository, string item)
    {
        var method = context.Request.Method;
        if (!Digest.TryParse(item, out var digest))
            return RegistryError.DigestInvalid($"'{Printable.Of(item)}' is no sha256 or sha512 digest.");
        if (HttpMethods.IsGet(method) || HttpMethods.IsHead(method))
            return Read(context, repository, digest);
        if (!HttpMethods.IsDelete(method))
            return RegistryError.Unsupported($"{method} is not supported for a blob.");
        if (writer is null)
            return RegistryError.ReadOnly;
        return writer.DeleteBlob(repository, digest) ? TypedResults.Accepted((string?)null) : RegistryError.BlobUnknown(item);
    }

    private IResult Read(HttpContext context, RepositoryName repository, Digest digest)
    {
        if (view.FindBlob(repository, digest) is not { } blob)
            return RegistryError.BlobUnknown(digest.ToString());
        var headers = context.Response.Headers;
        headers["Docker-Content-Digest"] = digest.ToString();
        // A digest's content never changes.
        headers.CacheControl = "max-age=31536000";
        // The framework's file result knows ranges, conditions and HEAD, and disposes the stream.
        return TypedResults.Stream(view.OpenBlob(blob), "application/octet-stream", entityTag: new EntityTagHeaderValue($"\"{digest}\""), enableRangeProcessing: true);
    }
}
