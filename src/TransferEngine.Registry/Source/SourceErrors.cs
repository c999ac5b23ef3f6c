using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>Makes errors of a source of what the shared transport says, which knows no role.</summary>
internal static class SourceErrors
{
    /// <summary>The same error, with the advice that fits a source.</summary>
    public static TransferException Of(TransferException exception) => exception.Error.Code switch
    {
        ErrorCode.Unauthorized => Advise(exception, "Give credentials that may pull there, for instance with --src-creds."),
        ErrorCode.Denied => Advise(exception, "Check that the user may pull there."),
        ErrorCode.TlsFailed when exception.Error.Path is null => Advise(exception, "Give the registry's CA with --src-cert-dir, or switch the check off with --src-tls-verify=false."),
        _ => exception,
    };

    /// <summary>What a registry refused, as an error of its own code.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="subject">What was asked for.</param>
    /// <param name="missing">The error where the registry does not have it.</param>
    /// <param name="cancellationToken">Stops reading the answer.</param>
    public static async Task<TransferException> RefusedAsync(
        HttpResponseMessage response, RequestSubject subject, TransferError missing, CancellationToken cancellationToken)
    {
        if (response.StatusCode == System.Net.HttpStatusCode.NotFound)
            return new TransferException(missing with { Host = subject.Host, Repository = subject.Repository, Reference = subject.Reference, Digest = subject.Digest });
        var refused = await RegistryErrors.FromAsync(response, subject, cancellationToken);
        return refused.Error.Code is ErrorCode.TargetRejected or ErrorCode.TargetBlobUnknown or ErrorCode.UploadSessionLost or ErrorCode.ManifestTooLarge or ErrorCode.BlobDigestMismatch
            ? new TransferException(refused.Error with { Code = ErrorCode.SourceUnreadable })
            : Of(refused);
    }

    /// <summary>Content breaks off however often it is asked for. That concerns this content alone: the registry does answer.</summary>
    public static TransferException BrokenOff(Exception cause, RequestSubject subject, long? position = null) =>
        new(new TransferError(ErrorCode.SourceUnreadable,
            $"{subject.Host} breaks off while sending {subject.What}{(position is { } at ? $", at byte {at}" : "")}: {Printable.Of((cause.InnerException ?? cause).Message).TrimEnd('.')}.")
        {
            Scope = subject.Reference is null && subject.Digest is not null ? ErrorScope.Blob : ErrorScope.Image,
            IsTransient = true,
            Host = subject.Host,
            Repository = subject.Repository,
            Reference = subject.Reference,
            Digest = subject.Digest,
        }, cause);

    public static TransferException Violation(string message, RequestSubject subject) =>
        new(new TransferError(ErrorCode.ProtocolViolation, message)
        { Host = subject.Host, Repository = subject.Repository, Reference = subject.Reference, Digest = subject.Digest });

    /// <summary>The rest would not fit what was read. To be read from a fresh start, where the digest tells which version is the right one.</summary>
    public static TransferException Changed(RequestSubject subject) =>
        new(Violation("The registry's blob is not the same any more as when it was first asked for.", subject).Error with { Scope = ErrorScope.Blob, IsTransient = true });

    private static TransferException Advise(TransferException exception, string hint) =>
        exception.Error.Hint == hint ? exception : new(exception.Error with { Hint = hint }, exception.InnerException);
}
