using System.Net;
using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>Errors that only a source has.</summary>
internal static class SourceErrors
{
    /// <summary>What a registry refused, as an error of its own code where it does not have it.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="subject">What was asked for.</param>
    /// <param name="missing">The error where the registry does not have it.</param>
    /// <param name="cancellationToken">Stops reading the answer.</param>
    public static async Task<TransferException> RefusedAsync(
        HttpResponseMessage response, RequestSubject subject, TransferError missing, CancellationToken cancellationToken) =>
        response.StatusCode == HttpStatusCode.NotFound
            ? new TransferException(subject.Of(missing) with { Scope = subject.Scope })
            : await RegistryErrors.FromAsync(response, subject, cancellationToken);

    /// <summary>Content breaks off however often it is asked for. That concerns this content alone: the registry does answer.</summary>
    public static TransferException BrokenOff(Exception cause, RequestSubject subject, long? position = null)
    {
        var at = position is null ? "" : $", at byte {position}";
        var why = Printable.Of((cause.InnerException ?? cause).Message).TrimEnd('.');
        return new(subject.Passing(ErrorCode.SourceUnreadable, $"{subject.Host} breaks off while sending {subject.What}{at}: {why}.").Error, cause);
    }

    /// <summary>The rest would not fit what was read. To be read from a fresh start, where the digest tells which version is the right one.</summary>
    public static TransferException Changed(RequestSubject subject) =>
        subject.Passing(ErrorCode.ProtocolViolation, "The registry's blob is not the same any more as when it was first asked for.");
}
