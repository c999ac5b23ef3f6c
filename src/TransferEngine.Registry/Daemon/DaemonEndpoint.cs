using System.Net.Sockets;
using TransferEngine.Images;

namespace TransferEngine.Registry.Daemon;

/// <summary>Where a docker daemon listens, as <c>DOCKER_HOST</c> has it: <c>unix:///path</c> or <c>tcp://host:port</c>.</summary>
public sealed class DaemonEndpoint
{
    /// <summary>Where docker's own packages put the socket.</summary>
    public const string Default = "unix:///var/run/docker.sock";

    private readonly string? _socket;

    private DaemonEndpoint(string text, string? socket, Uri url) => (Text, _socket, Url) = (text, socket, url);

    /// <summary>As written.</summary>
    public string Text { get; }

    /// <summary>What requests are addressed to; of a socket, a host's name that stands for it.</summary>
    internal Uri Url { get; }

    /// <summary>The daemon of <c>DOCKER_HOST</c>, or the local one if that is not set.</summary>
    /// <param name="environment">Looks a variable up.</param>
    /// <exception cref="TransferException"><see cref="ErrorCode.EndpointInvalid"/>.</exception>
    public static DaemonEndpoint Of(Func<string, string?> environment)
    {
        if (environment("DOCKER_TLS_VERIFY") is { Length: > 0 })
            throw Invalid("A docker daemon behind TLS (DOCKER_TLS_VERIFY) is not spoken to.", "Forward its socket by ssh, or save the images into a file and read that as docker-archive:FILE.");
        return environment("DOCKER_HOST") is { Length: > 0 } host ? Parse(host) : Parse(Default);
    }

    /// <exception cref="TransferException"><see cref="ErrorCode.EndpointInvalid"/>.</exception>
    public static DaemonEndpoint Parse(string text)
    {
        if (text.StartsWith("unix:///", StringComparison.Ordinal) && text.Length > 8)
            return new DaemonEndpoint(text, text[7..], new Uri("http://docker.socket/"));
        if (text.StartsWith("tcp://", StringComparison.Ordinal) && Uri.TryCreate("http" + text[3..], UriKind.Absolute, out var url) && url is { UserInfo: "", AbsolutePath: "/", Query: "" })
            return new DaemonEndpoint(text, null, url);
        throw Invalid("DOCKER_HOST is no address that is understood.", "It is unix:///path/to/docker.sock or tcp://host:port.");
    }

    internal SocketsHttpHandler CreateHandler() => new()
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
        ConnectCallback = _socket is { } path ? (_, token) => ConnectAsync(path, token) : null,
    };

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static TransferException Invalid(string message, string hint) =>
        new(new TransferError(ErrorCode.EndpointInvalid, message) { Scope = ErrorScope.Endpoint, Hint = hint });
}
