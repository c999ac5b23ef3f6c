using System.Net.Sockets;
using System.Security.Authentication;
using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>What came of a request where no answer did. How far it reaches is its subject's to say: one silence says nothing of the registry.</summary>
internal static class Silence
{
    /// <summary>Whether the exception means that a connection could not be made, broke, or fell silent.</summary>
    public static bool Is(Exception e) => e is HttpRequestException or IOException or TimeoutException;

    public static TransferException Error(Exception cause, RequestSubject subject)
    {
        var host = subject.Host;
        if (cause is ElsewhereException elsewhere)
            (host, cause) = (elsewhere.Host, elsewhere.InnerException!);
        // A connection that breaks in the middle of the handshake says nothing about certificates.
        var isTls = cause is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError, InnerException: AuthenticationException };
        var isNoHost = FindSocketError(cause) is SocketError.HostNotFound or SocketError.NoData;
        var isTimeout = cause is TimeoutException;
        var why = Printable.Of(UserInfo.Hide((isTimeout ? cause : cause.InnerException ?? cause).Message)).TrimEnd('.');
        var error = subject.Error(isTls ? ErrorCode.TlsFailed : isTimeout ? ErrorCode.RequestTimedOut : ErrorCode.HostUnreachable,
            isTls ? $"No secure connection to {host}: {why}." : $"{host} does not answer: {why}.");
        var hint = isTls ? TlsHint(host, subject) : "See that the registry runs and can be reached from here.";
        return new TransferException(error with { IsTransient = !isTls && !isNoHost, Hint = hint }, cause);
    }

    /// <summary>What was thrown into a request by somebody who has said already what is wrong.</summary>
    public static TransferException? FindSaid(Exception? e) => e is null ? null : e as TransferException ?? FindSaid(e.InnerException);

    private static string TlsHint(string host, RequestSubject subject)
    {
        if (host != subject.Host)
            return $"{subject.Host} sends its clients there. Have its authority trusted by this system: what is given for a registry counts for that alone.";
        var side = subject.Role == RegistryRole.Source ? "src" : "dest";
        return $"Give the registry's CA with --{side}-cert-dir, or switch the check off with --{side}-tls-verify=false.";
    }

    private static SocketError? FindSocketError(Exception? e) => e switch
    {
        null => null,
        SocketException socket => socket.SocketErrorCode,
        _ => FindSocketError(e.InnerException),
    };
}

/// <summary>No answer came from where the registry sends its clients: its token server, a store, an upload's location.</summary>
internal sealed class ElsewhereException(string host, Exception cause) : IOException(cause.Message, cause)
{
    public string Host { get; } = host;
}
