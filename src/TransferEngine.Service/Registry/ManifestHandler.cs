using Microsoft.AspNetCore.Http;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Service.Registry;

/// <summary>
/// <c>/v2/NAME/manifests/REFERENCE</c>: as stored, whatever the client accepts ("Pulling manifests"); with all that it names in
/// the repository before it is taken ("Pushing manifests"); deleted by tag or digest.
/// </summary>
internal sealed class ManifestHandler(RegistryTreeView view, RegistryTreeWriter? writer)
{
    public async ValueTask<IResult> AnswerAsync(HttpContext context, RepositoryName repository, string item)
    {
        Reference? reference = Digest.TryParse(item, out var digest) ? digest : Tag.TryParse(item, out var tag) ? tag : null;
        var method = context.Request.Method;
        if (reference is not { } valid)
            return item.Contains(':', StringComparison.Ordinal)
                ? RegistryError.DigestInvalid($"'{Printable.Of(item)}' is no sha256 or sha512 digest.")
                : method is "GET" or "HEAD" ? RegistryError.ManifestUnknown($"'{Printable.Of(item)}' is no valid tag.")
                : RegistryError.ManifestInvalid($"'{Printable.Of(item)}' is no valid tag.");
        if (method is "GET" or "HEAD")
            return Read(context, repository, valid);
        if (writer is null)
            return RegistryError.ReadOnly;
        return method switch
        {
            "PUT" => await PutAsync(context, repository, valid).ConfigureAwait(false),
            "DELETE" => Delete(repository, valid),
            _ => RegistryError.Unsupported($"{method} is not supported for a manifest."),
        };
    }

    private IResult Read(HttpContext context, RepositoryName repository, Reference reference)
    {
        var digest = reference.Digest ?? view.FindTag(repository, reference.Tag!.Value);
        try
        {
            if (digest is not { } known || view.FindManifest(repository, known) is not { } manifest)
                return RegistryError.ManifestUnknown($"The repository has no manifest {reference}.");
            var headers = context.Response.Headers;
            headers["Docker-Content-Digest"] = known.ToString();
            headers.ETag = $"\"{known}\"";
            if (context.Request.Headers.IfNoneMatch.ToString().Contains(known.ToString(), StringComparison.Ordinal))
                return TypedResults.StatusCode(StatusCodes.Status304NotModified);
            return new ManifestResult(manifest);
        }
        catch (TransferException e) when (e.Error.Code is not ErrorCode.SourceUnreadable)
        {
            // Not a 500, which clients try again: the bytes stay damaged.
            return RegistryError.ManifestUnknown(e.Error.Message);
        }
    }

    private async Task<IResult> PutAsync(HttpContext context, RepositoryName repository, Reference reference)
    {
        var (bytes, refusal) = await ReadBodyAsync(context).ConfigureAwait(false);
        if (refusal is not null)
            return refusal;
        var digest = reference.Digest ?? Digest.OfSha256(bytes.Span);
        if (digest.SameAlgorithmOver(bytes.Span) != digest)
            return RegistryError.DigestInvalid($"The manifest that was sent does not have the digest {digest}.");
        Manifest manifest;
        try
        {
            manifest = ManifestReader.Read(bytes, digest);
        }
        catch (TransferException e)
        {
            return RegistryError.ManifestInvalid(e.Error.Message);
        }
        var type = context.Request.ContentType;
        if (!string.IsNullOrEmpty(type) && MediaType.Normalize(type) != manifest.MediaType)
            return RegistryError.ManifestInvalid($"The request calls it '{Printable.Of(type)}', the manifest itself '{manifest.MediaType}'.");
        try
        {
            writer!.PutManifest(repository, manifest, reference.Tag);
        }
        catch (TransferException e) when (e.Error is { Code: ErrorCode.TargetBlobUnknown, Digest: { } missing })
        {
            return RegistryError.ManifestBlobUnknown(missing.ToString());
        }
        context.Response.Headers["Docker-Content-Digest"] = digest.ToString();
        // Tells the client that referrers are listed, so that it need not keep the fallback tag.
        if (manifest.Subject is { } subject)
            context.Response.Headers["OCI-Subject"] = subject.Digest.ToString();
        return TypedResults.Created($"/v2/{repository}/manifests/{digest}");
    }

    private IResult Delete(RepositoryName repository, Reference reference)
    {
        var isDeleted = reference.Tag is { } tag ? writer!.DeleteTag(repository, tag) : writer!.DeleteManifest(repository, reference.Digest!.Value);
        return isDeleted ? TypedResults.Accepted((string?)null) : RegistryError.ManifestUnknown($"The repository has no manifest {reference}.");
    }

    private static async Task<(ReadOnlyMemory<byte> Bytes, RegistryError? Refusal)> ReadBodyAsync(HttpContext context)
    {
        var tooLarge = new RegistryError(StatusCodes.Status413PayloadTooLarge, "MANIFEST_INVALID", $"The manifest is larger than {Manifest.MaxBytes} bytes.");
        if (context.Request.ContentLength > Manifest.MaxBytes)
            return (default, tooLarge);
        // Grows with what comes: the announced length is only a word.
        using var bytes = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (int count; (count = await context.Request.Body.ReadAsync(buffer, context.RequestAborted).ConfigureAwait(false)) > 0;)
        {
            if (bytes.Length + count > Manifest.MaxBytes)
                return (default, tooLarge);
            bytes.Write(buffer, 0, count);
        }
        return (bytes.GetBuffer().AsMemory(0, (int)bytes.Length), null);
    }

    /// <summary>The stored bytes under their own media type.</summary>
    private sealed class ManifestResult(Manifest manifest) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.ContentType = manifest.MediaType;
            httpContext.Response.ContentLength = manifest.Bytes.Length;
            return HttpMethods.IsHead(httpContext.Request.Method)
                ? Task.CompletedTask
                : httpContext.Response.Body.WriteAsync(manifest.Bytes, httpContext.RequestAborted).AsTask();
        }
    }
}
