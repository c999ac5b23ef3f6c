namespace TransferEngine.TestKit.Line;

/// <summary>A request on its way through a <see cref="TcpProxy"/>.</summary>
/// <param name="Number">From 1, in the order of arrival.</param>
/// <param name="Method">GET, HEAD, POST, PATCH, PUT or DELETE.</param>
/// <param name="Path">Without the query.</param>
/// <param name="Query">Without its question mark; empty if there was none.</param>
public sealed record ProxiedRequest(int Number, string Method, string Path, string Query)
{
    /// <summary>The last request of an image's push: a manifest by its tag.</summary>
    public bool IsTagPut => Method == "PUT" && Path.Contains("/manifests/", StringComparison.Ordinal) && !Path.Contains(':', StringComparison.Ordinal);

    public bool IsManifestGet => Method == "GET" && Path.Contains("/manifests/", StringComparison.Ordinal);

    public bool IsBlobGet => Method == "GET" && Path.Contains("/blobs/sha", StringComparison.Ordinal);
}

/// <summary>What happens on the line, or in a box that stands on it, to one request.</summary>
public abstract record LineFault
{
    /// <summary>The connection ends after so many bytes of the request, head included.</summary>
    public sealed record CutRequest(long After, bool ByReset = false) : LineFault;

    /// <summary>The connection ends after so many bytes of the answer. With none of them, the registry has done it and nobody is told.</summary>
    public sealed record CutAnswer(long After, bool ByReset = false) : LineFault;

    /// <summary>After so many bytes of the request nothing moves any more.</summary>
    public sealed record StallRequest(long After) : LineFault;

    /// <summary>After so many bytes of the answer nothing moves any more.</summary>
    public sealed record StallAnswer(long After) : LineFault;

    /// <summary>Both ways no faster than this.</summary>
    public sealed record Slow(int BytesPerSecond) : LineFault;

    /// <summary>All connections end, and for a while none is taken: the registry is started anew.</summary>
    public sealed record Restart(TimeSpan Length) : LineFault;

    /// <summary>The request waits until the proxy is told to let it go.</summary>
    public sealed record Hold : LineFault;

    /// <summary>Somebody else answers, and the registry hears nothing of it.</summary>
    public sealed record Answer(int Status, string Body, params (string Name, string Value)[] Headers) : LineFault;

    /// <summary>The answer's head says that its body is so many bytes longer, or shorter, than it is.</summary>
    public sealed record WrongLength(int By) : LineFault;

    /// <summary>The same of a request's head: the registry takes less than was sent, or waits for more until the line ends.</summary>
    public sealed record WrongRequestLength(int By) : LineFault;
}
