namespace TransferEngine.TestKit.Faults;

/// <summary>A request as the registry saw it; the last three are known when it has been answered.</summary>
/// <param name="Number">From 1, in the order of arrival.</param>
/// <param name="Method">GET, HEAD, POST, PATCH, PUT or DELETE.</param>
/// <param name="Path">Decoded, without the query.</param>
/// <param name="Query">With its question mark; empty if there was none.</param>
/// <param name="Authorization">The scheme of the credentials, never themselves; empty without.</param>
public sealed record RecordedRequest(int Number, string Method, string Path, string Query, string Authorization)
{
    public int Status { get; internal set; }

    /// <summary>Bytes of the request's body that were taken.</summary>
    public long BytesReceived { get; internal set; }

    /// <summary>Bytes of the answer's body that were sent.</summary>
    public long BytesSent { get; internal set; }

    public bool IsBlob => Path.Contains("/blobs/sha", StringComparison.Ordinal);

    public bool IsManifest => Path.Contains("/manifests/", StringComparison.Ordinal);

    /// <summary>Any request to the uploads of a repository.</summary>
    public bool IsUpload => Path.Contains("/blobs/uploads/", StringComparison.Ordinal);

    public bool IsMount => Method == "POST" && IsUpload && Query.Contains("mount=", StringComparison.Ordinal);

    public override string ToString() => $"{Number} {Method} {Path}{Query}: {Status}";
}
