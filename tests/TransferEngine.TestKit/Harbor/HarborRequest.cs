namespace TransferEngine.TestKit.Harbor;

/// <summary>One request that a <see cref="HarborDouble"/> has answered.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Path">The path without its query.</param>
/// <param name="Query">The query with its question mark; empty if there was none.</param>
/// <param name="Authorization">The scheme of the Authorization header; empty if there was none.</param>
/// <param name="Status">The status answered.</param>
/// <param name="BodyBytes">Bytes of the request's body that were read.</param>
public sealed record HarborRequest(string Method, string Path, string Query, string Authorization, int Status, long BodyBytes)
{
    /// <summary>A POST that opened an upload session, asked for a mount or both.</summary>
    public bool IsUploadStart => Method == "POST" && Path.EndsWith("/blobs/uploads/", StringComparison.Ordinal);

    /// <summary>A POST that asked for a mount.</summary>
    public bool IsMountAttempt => IsUploadStart && Query.Contains("mount=", StringComparison.Ordinal);

    public bool IsMount => IsMountAttempt && Status == 201;

    /// <summary>The PUT that committed an upload, or tried to.</summary>
    public bool IsUploadCommit => Method == "PUT" && Path.Contains("/blobs/uploads/", StringComparison.Ordinal);

    public bool IsManifest => Path.StartsWith("/v2/", StringComparison.Ordinal) && Path.Contains("/manifests/", StringComparison.Ordinal);

    public bool IsToken => Path == "/service/token";

    public bool IsApi => Path.StartsWith("/api/", StringComparison.Ordinal);

    /// <summary>Anything but success, redirection, and a read that found nothing.</summary>
    public bool IsRefused => Status >= 400 && !(Method is "HEAD" or "GET" && Status == 404);

    public override string ToString() => $"{Status} {Method} {Path}{Query} ({Authorization})";
}
