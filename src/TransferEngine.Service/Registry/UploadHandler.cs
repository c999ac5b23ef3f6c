using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Service.Registry;

/// <summary>
/// <c>/v2/NAME/blobs/uploads/</c> ("Pushing blobs"): monolithic by POST or PUT, streamed and chunked by PATCH, status, cancel, and
/// mounts from another repository. Without <c>from</c> a mount opens a session, as distribution does.
/// </summary>
internal sealed class UploadHandler(RegistryTreeView view, RegistryTreeWriter? writer)
{
    public async ValueTask<IResult> StartAsync(HttpContext context, RepositoryName repository)
    {
        if (writer is null)
            return RegistryError.ReadOnly;
        var query = context.Request.Query;
        if (query.TryGetValue("mount", out var mount))
        {
            if (!Digest.TryParse(mount, out var mounted))
                return RegistryError.DigestInvalid("The mount parameter is no digest.");
            if (RepositoryName.TryParse(query["from"], out var from) && view.FindBlob(from, mounted) is { } blob)
            {
                writer.LinkBlob(repository, mounted, blob);
                return Created(context, repository, mounted);
            }
        }
        else if (query.TryGetValue("digest", out var text))
            return Digest.TryParse(text, out var digest)
                ? await TakeWholeAsync(context, repository, digest).ConfigureAwait(false)
                : RegistryError.DigestInvalid("The digest parameter is no digest.");
        return Progress(context, writer.StartUpload(repository), StatusCodes.Status202Accepted);
    }

    public async ValueTask<IResult> AnswerAsync(HttpContext context, RepositoryName repository, string id)
    {
        if (writer is null)
            return RegistryError.ReadOnly;
        if (writer.FindUpload(repository, id) is not { } upload)
            return RegistryError.UploadUnknown;
        if (!upload.TryEnter())
            return RegistryError.UploadInvalid(StatusCodes.Status409Conflict, "Another request is using this upload.");
        try
        {
            return upload.IsEnded ? RegistryError.UploadUnknown : await UseAsync(context, upload).ConfigureAwait(false);
        }
        finally
        {
            upload.Leave();
        }
    }

    private async ValueTask<IResult> UseAsync(HttpContext context, TreeUpload upload)
    {
        switch (context.Request.Method)
        {
            case "GET":
                return Progress(context, upload, StatusCodes.Status204NoContent);
            case "PATCH":
                return await AppendAsync(context, upload).ConfigureAwait(false) ?? Progress(context, upload, StatusCodes.Status202Accepted);
            case "PUT":
                return await CommitAsync(context, upload).ConfigureAwait(false);
            case "DELETE":
                writer!.CancelUpload(upload);
                return TypedResults.NoContent();
            default:
                return RegistryError.Unsupported($"{context.Request.Method} is not supported for an upload.");
        }
    }

    private async Task<IResult> TakeWholeAsync(HttpContext context, RepositoryName repository, Digest digest)
    {
        var upload = writer!.StartUpload(repository);
        var isTaken = false;
        try
        {
            await upload.AppendAsync(context.Request.BodyReader, context.RequestAborted).ConfigureAwait(false);
            isTaken = true;
            return Commit(context, upload, digest);
        }
        finally
        {
            // Nobody was told of this session, so nobody can go on with it.
            if (!isTaken)
                writer.CancelUpload(upload);
        }
    }

    private async Task<IResult> CommitAsync(HttpContext context, TreeUpload upload)
    {
        if (!Digest.TryParse(context.Request.Query["digest"], out var digest))
            return RegistryError.DigestInvalid("The digest parameter is missing, or no sha256 or sha512 digest.");
        return await AppendAsync(context, upload).ConfigureAwait(false) ?? Commit(context, upload, digest);
    }

    private IResult Commit(HttpContext context, TreeUpload upload, Digest digest) => writer!.CommitUpload(upload, digest) is null
        ? RegistryError.DigestInvalid($"The content that was sent does not have the digest {digest}.")
        : Created(context, upload.Repository, digest);

    /// <summary>Appends the request's body; an answer only if it can't be appended.</summary>
    private static async Task<IResult?> AppendAsync(HttpContext context, TreeUpload upload)
    {
        var request = context.Request;
        if (request.Headers.ContentRange.ToString() is { Length: > 0 } range)
        {
            if (!TryParseRange(range, out var start, out var end))
                return RegistryError.UploadInvalid(StatusCodes.Status400BadRequest, "The Content-Range is no range such as 0-99.");
            if (request.ContentLength is { } length && length != end - start + 1)
                return new RegistryError(StatusCodes.Status400BadRequest, "SIZE_INVALID", "The Content-Range and the Content-Length contradict each other.");
            if (start != upload.Length)
            {
                Describe(context, upload);
                return RegistryError.UploadInvalid(StatusCodes.Status416RangeNotSatisfiable, $"The next byte to send is {upload.Length}.");
            }
        }
        await upload.AppendAsync(request.BodyReader, context.RequestAborted).ConfigureAwait(false);
        return null;
    }

    /// <summary>The specification writes <c>0-99</c>; RFC 9110's <c>bytes 0-99/100</c> is sent by some clients.</summary>
    private static bool TryParseRange(string text, out long start, out long end)
    {
        end = -1;
        var range = (text.StartsWith("bytes ", StringComparison.Ordinal) ? text[6..] : text).Split('/')[0];
        var dash = range.IndexOf('-', StringComparison.Ordinal);
        return long.TryParse(dash < 0 ? "" : range[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out start)
            && long.TryParse(range[(dash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out end)
            && end >= start;
    }

    private static StatusCodeHttpResult Progress(HttpContext context, TreeUpload upload, int status)
    {
        Describe(context, upload);
        return TypedResults.StatusCode(status);
    }

    private static void Describe(HttpContext context, TreeUpload upload)
    {
        var headers = context.Response.Headers;
        headers.Location = $"/v2/{upload.Repository}/blobs/uploads/{upload.Id}";
        // Of an empty session too: the specification has no range of no bytes, distribution says this.
        headers["Range"] = $"0-{Math.Max(upload.Length - 1, 0)}";
        headers["Docker-Upload-UUID"] = upload.Id;
    }

    private static Created Created(HttpContext context, RepositoryName repository, Digest digest)
    {
        context.Response.Headers["Docker-Content-Digest"] = digest.ToString();
        return TypedResults.Created($"/v2/{repository}/blobs/{digest}");
    }
}
