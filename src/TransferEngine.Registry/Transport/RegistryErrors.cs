using System.Text.Json;
using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>
/// Makes an error of what a registry answers: the specification's codes ("Error Codes") where it gives them, the status
/// where not. Bodies are read up to a bound.
/// </summary>
internal static class RegistryErrors
{
    private const int MaxErrorBody = 64 * 1024;
    private const int FirstPiece = 16 * 1024;

    public static async Task<TransferException> FromAsync(HttpResponseMessage response, RequestSubject subject, CancellationToken cancellationToken)
    {
        var (code, message) = Parse(await ReadBoundedAsync(response, MaxErrorBody, cancellationToken));
        var status = (int)response.StatusCode;
        var said = code.Length > 0 ? $"{code}: {message}" : $"status {status}";
        var error = Classify(status, code, message) with
        {
            Message = $"The registry refused {subject.What}: {said}",
            Host = subject.Host,
            Repository = subject.Repository,
            Reference = subject.Reference,
            Digest = subject.Digest,
        };
        return new TransferException(error);
    }

    public static TransferException Unauthorized(string host, bool isAnonymous) => new(new TransferError(ErrorCode.Unauthorized,
        isAnonymous ? "The registry wants credentials." : "The registry does not accept the user name and password.")
    { Host = host, Scope = ErrorScope.Endpoint, Hint = isAnonymous ? $"Log in with transfer login {host}, or give them, for instance with --authfile, --src-creds or --dest-creds." : "Check them; a robot account's name may need its prefix." });

    /// <summary>The content is gone, a new token is not: whoever has the content sends it again.</summary>
    public static TransferException TokenEnded(string host, RequestSubject subject) => new(new TransferError(ErrorCode.Unauthorized, "The token ended while the content was sent.")
    { Host = host, Scope = ErrorScope.Blob, IsTransient = true, Repository = subject.Repository, Digest = subject.Digest });

    /// <summary>The body, cut off at the bound. What is allocated follows what comes, not the bound.</summary>
    public static async Task<byte[]> ReadBoundedAsync(HttpResponseMessage response, int max, CancellationToken cancellationToken)
    {
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[Math.Min(max, response.Content.Headers.ContentLength ?? FirstPiece)];
        var length = 0;
        while (true)
        {
            length += await body.ReadAtLeastAsync(buffer.AsMemory(length), buffer.Length - length, throwOnEndOfStream: false, cancellationToken);
            if (length < buffer.Length || length == max || length == response.Content.Headers.ContentLength)
                return length == buffer.Length ? buffer : buffer[..length];
            Array.Resize(ref buffer, (int)Math.Min(max, 2L * buffer.Length));
        }
    }

    private static TransferError Classify(int status, string code, string message) => HarborRefusals.Find(status, code, message) ?? (status, code) switch
    {
        (429, _) or (_, "TOOMANYREQUESTS") => new(ErrorCode.TooManyRequests, "") { IsTransient = true },
        (_, "DIGEST_INVALID" or "SIZE_INVALID") => new(ErrorCode.BlobDigestMismatch, "") { Scope = ErrorScope.Blob },
        (_, "MANIFEST_BLOB_UNKNOWN" or "BLOB_UNKNOWN") => new(ErrorCode.TargetBlobUnknown, ""),
        (_, "BLOB_UPLOAD_UNKNOWN" or "BLOB_UPLOAD_INVALID") => new(ErrorCode.UploadSessionLost, "") { IsTransient = true },
        (401, _) => new(ErrorCode.Unauthorized, "") { Scope = ErrorScope.Repository, Hint = "Check that the user may push there." },
        (403, _) => new(ErrorCode.Denied, "") { Scope = ErrorScope.Repository, Hint = "Check that the user may push there, and the quota." },
        (413, _) => new(ErrorCode.ManifestTooLarge, ""),
        (408 or 499, _) or ( >= 500, _) => new(ErrorCode.ServerError, "") { IsTransient = true },
        _ => new(ErrorCode.TargetRejected, ""),
    };

    /// <summary>Puts what was read in the body's place, to be read again.</summary>
    public static void Hold(HttpResponseMessage response, byte[] body)
    {
        using var rest = response.Content;
        response.Content = new ByteArrayContent(body);
        foreach (var (name, values) in rest.Headers.Where(header => header.Key != "Content-Length"))
            response.Content.Headers.TryAddWithoutValidation(name, values);
    }

    /// <summary>An error's body, as far as it comes: where nothing does, the status alone must do.</summary>
    public static async Task<byte[]> ReadQuietlyAsync(HttpResponseMessage response, CancellationToken idle)
    {
        try
        {
            return await ReadBoundedAsync(response, MaxErrorBody, idle);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            return [];
        }
    }

    private static (string Code, string Message) Parse(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("errors", out var errors)
                && errors.ValueKind == JsonValueKind.Array && errors.GetArrayLength() > 0 && errors[0] is { ValueKind: JsonValueKind.Object } first)
                return (Text(first, "code"), Text(first, "message"));
        }
        catch (JsonException)
        {
            // A proxy's HTML, most likely.
        }
        return ("", "");
    }

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? Printable.Of(value.GetString()) : "";
}

/// <summary>What a request was about, for its error.</summary>
/// <param name="What">As in "the registry refused …".</param>
/// <param name="Host"><c>host[:port]</c>.</param>
/// <param name="Repository">The target's repository.</param>
/// <param name="Reference">The manifest's tag or digest.</param>
/// <param name="Digest">The blob's digest.</param>
internal readonly record struct RequestSubject(string What, string Host, RepositoryName? Repository = null, Reference? Reference = null, Digest? Digest = null);
