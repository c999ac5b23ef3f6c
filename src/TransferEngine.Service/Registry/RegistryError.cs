using Microsoft.AspNetCore.Http;

namespace TransferEngine.Service.Registry;

/// <summary>
/// An answer that refuses: <c>{"errors":[{code, message, detail}]}</c> with the codes of the distribution specification, "Error Codes".
/// </summary>
internal sealed record RegistryError(int Status, string Code, string Message) : IResult
{
    public static RegistryError NameInvalid(string name) => new(400, "NAME_INVALID", $"'{name}' is no valid repository name.");

    public static RegistryError NameUnknown(string name) => new(404, "NAME_UNKNOWN", $"There is no repository {name}.");

    public static RegistryError DigestInvalid(string message) => new(400, "DIGEST_INVALID", message);

    public static RegistryError BlobUnknown(string digest) => new(404, "BLOB_UNKNOWN", $"The repository does not have the blob {digest}.");

    public static RegistryError UploadUnknown => new(404, "BLOB_UPLOAD_UNKNOWN", "The repository has no such upload (any more).");

    public static RegistryError UploadInvalid(int status, string message) => new(status, "BLOB_UPLOAD_INVALID", message);

    public static RegistryError ManifestUnknown(string message) => new(404, "MANIFEST_UNKNOWN", message);

    public static RegistryError ManifestInvalid(string message) => new(400, "MANIFEST_INVALID", message);

    public static RegistryError ManifestBlobUnknown(string digest) => new(400, "MANIFEST_BLOB_UNKNOWN", $"The manifest names {digest}, which the repository does not have.");

    public static RegistryError Unsupported(string message) => new(405, "UNSUPPORTED", message);

    public static RegistryError ReadOnly => Unsupported("This registry is read-only.");

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = Status;
        // What is asked by HEAD is answered without a body (RFC 9110, 9.3.2).
        return HttpMethods.IsHead(httpContext.Request.Method)
            ? Task.CompletedTask
            : httpContext.Response.WriteAsJsonAsync(new { errors = new[] { new { code = Code, message = Message } } }, httpContext.RequestAborted);
    }
}
