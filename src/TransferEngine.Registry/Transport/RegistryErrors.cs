using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>
/// Makes an error of what a registry answers: the specification's codes ("Error Codes") where it gives them, the status
/// where not.
/// </summary>
internal static class RegistryErrors
{
    private const int MaxTold = 3;

    /// <summary>What the registry says is wrong; nothing where it is no registry that speaks. Errors have been read by whoever received them.</summary>
    public static async ValueTask<IReadOnlyList<SaidError>> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken) =>
        (int)response.StatusCode < 400 ? [] : SaidError.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));

    public static async Task<TransferException> FromAsync(HttpResponseMessage response, RequestSubject subject, CancellationToken cancellationToken)
    {
        var errors = await ReadAsync(response, cancellationToken);
        var status = (int)response.StatusCode;
        if (status < 400)
            return subject.Violation($"The registry was asked for {subject.What}, and answers with status {status}, which is no answer to it.");
        var told = string.Join("; ", errors.Select(error => error.ToString()).Distinct().Take(MaxTold));
        var said = errors.Any(error => error.Code.Length > 0) ? told : $"status {status}";
        return new TransferException(subject.Of(Classify(status, SaidError.MostTelling(errors), subject)) with { Message = $"The registry refused {subject.What}: {said}" });
    }

    public static TransferException Unauthorized(string host, bool isAnonymous, RegistryRole role) => new(new TransferError(ErrorCode.Unauthorized,
        isAnonymous ? "The registry wants credentials." : "The registry does not accept the user name and password.")
    {
        Host = host,
        Scope = ErrorScope.Endpoint,
        Hint = isAnonymous ? $"Log in with transfer login {host}, or give them, for instance with --authfile or {CredentialFlag(role)}."
            : "Check them; a robot account's name may need its prefix.",
    });

    /// <summary>The content is gone, a new token is not: whoever has the content sends it again.</summary>
    public static TransferException TokenEnded(RequestSubject subject) =>
        new(subject.Error(ErrorCode.Unauthorized, "The token ended while the content was sent.") with { IsTransient = true });

    /// <summary>
    /// Whether the same request may go well when it is sent again: not where the registry says that the request is at fault, though its
    /// status is 500.
    /// </summary>
    public static async ValueTask<bool> IsPassingAsync(HttpResponseMessage response, CancellationToken cancellationToken) =>
        IsPassing(response.StatusCode)
        && ((int)response.StatusCode != 500 || !(await ReadAsync(response, cancellationToken)).Any(error => error.IsOfRequest));

    /// <summary>
    /// Whether the registry says that bytes are wrong, and no more. docker-registry 2.8 writes its links in place: whoever checks one at that moment
    /// finds it empty, and takes that for a digest that does not fit. What it finds wrong with a manifest may have come over the line: its first
    /// word is not the last.
    /// </summary>
    public static async ValueTask<bool> BlamesContentAsync(HttpResponseMessage response, bool isFirst, CancellationToken cancellationToken) =>
        (int)response.StatusCode == 400 && (await ReadAsync(response, cancellationToken)).Any(error =>
            error.Code == "DIGEST_INVALID" || (error.Code == "MANIFEST_INVALID" && (isFirst || error is { Message: "" or "manifest invalid", Detail: null })));

    public static bool IsPassing(System.Net.HttpStatusCode status) => (int)status is 408 or 429 or 499 or 500 or 502 or 503 or 504 or 522;

    private static TransferError Classify(int status, SaidError? said, RequestSubject subject) =>
        HarborRefusals.Find(status, said?.Code ?? "", said?.Message ?? "")
        ?? (subject.Role == RegistryRole.Source ? OfSource(status, said, subject) : OfTarget(status, said, subject));

    private static TransferError OfTarget(int status, SaidError? said, RequestSubject subject) => (status, said?.Code) switch
    {
        (429, _) or (_, "TOOMANYREQUESTS") => new(ErrorCode.TooManyRequests, "") { Scope = subject.Scope, IsTransient = true },
        // Said of a manifest it is about that, not about a blob.
        (_, "DIGEST_INVALID" or "SIZE_INVALID") when subject.Scope == ErrorScope.Blob => new(ErrorCode.BlobDigestMismatch, "") { Scope = ErrorScope.Blob },
        (_, "MANIFEST_BLOB_UNKNOWN" or "BLOB_UNKNOWN") => new(ErrorCode.TargetBlobUnknown, "") { Scope = subject.Scope },
        (_, "BLOB_UPLOAD_UNKNOWN" or "BLOB_UPLOAD_INVALID") => new(ErrorCode.UploadSessionLost, "") { Scope = subject.Scope, IsTransient = true },
        (401, _) => new(ErrorCode.Unauthorized, "") { Scope = AtLeastRepository(subject), Hint = "Check that the user may push there." },
        (403, _) => new(ErrorCode.Denied, "") { Scope = AtLeastRepository(subject), Hint = "Check that the user may push there, and the quota." },
        (413, _) => new(ErrorCode.BodyTooLarge, "")
        { Scope = subject.Scope, Hint = "A proxy in front of the registry limits the size of what is sent: raise it there (nginx: client_max_body_size 0)." },
        (507, _) => new(ErrorCode.TargetFull, "") { Scope = ErrorScope.Endpoint, Hint = "Make room at the registry, and run the same command again." },
        (408 or 499, _) or ( >= 500, _) => new(ErrorCode.ServerError, "") { Scope = subject.Scope, IsTransient = IsServers(status, said) },
        _ => new(ErrorCode.TargetRejected, "") { Scope = subject.Scope },
    };

    private static TransferError OfSource(int status, SaidError? said, RequestSubject subject) => (status, said?.Code) switch
    {
        (429, _) or (_, "TOOMANYREQUESTS") => new(ErrorCode.TooManyRequests, "") { Scope = subject.Scope, IsTransient = true },
        (401, _) => new(ErrorCode.Unauthorized, "")
        { Scope = AtLeastRepository(subject), Hint = $"Give credentials that may pull there, for instance with {CredentialFlag(subject.Role)}." },
        // Registries withhold single images, too: those that a scan found unsafe.
        (403, _) => new(ErrorCode.Denied, "") { Scope = subject.Scope, Hint = "Check that the user may pull there." },
        (408 or 499, _) or ( >= 500, _) => new(ErrorCode.ServerError, "") { Scope = subject.Scope, IsTransient = IsServers(status, said) },
        _ => new(ErrorCode.SourceUnreadable, "") { Scope = subject.Scope },
    };

    private static string CredentialFlag(RegistryRole role) => role == RegistryRole.Source ? "--src-creds" : "--dest-creds";

    private static bool IsServers(int status, SaidError? said) => status != 500 || said is not { IsOfRequest: true };

    // Whoever may not do this may do nothing of the kind in the repository.
    private static ErrorScope AtLeastRepository(RequestSubject subject) => subject.Scope == ErrorScope.Endpoint ? ErrorScope.Endpoint : ErrorScope.Repository;
}
