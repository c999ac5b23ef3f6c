namespace TransferEngine.Perf.Requests;

/// <summary>One request, as whoever answered it noted it.</summary>
internal readonly record struct Counted(string Method, string Path, string Query)
{
    /// <summary>The columns of the table, in its order.</summary>
    public static readonly string[] Kinds = ["start upload", "upload", "mount", "manifest PUT", "HEAD", "blob or manifest GET", "list", "token", "Harbor's API", "other"];

    public string Kind => (Method, Path) switch
    {
        ("POST", _) when Query.Contains("mount=", StringComparison.Ordinal) => "mount",
        ("POST", var path) when path.EndsWith("/blobs/uploads/", StringComparison.Ordinal) => "start upload",
        ("PUT" or "PATCH", var path) when path.Contains("/blobs/uploads/", StringComparison.Ordinal) => "upload",
        ("PUT", var path) when path.Contains("/manifests/", StringComparison.Ordinal) => "manifest PUT",
        (_, var path) when path.StartsWith("/api/", StringComparison.Ordinal) => "Harbor's API",
        (_, var path) when path.EndsWith("/token", StringComparison.Ordinal) => "token",
        ("HEAD", _) => "HEAD",
        (_, var path) when path.EndsWith("/_catalog", StringComparison.Ordinal) || path.Contains("/tags/list", StringComparison.Ordinal) || path.Contains("/referrers/", StringComparison.Ordinal) => "list",
        ("GET", var path) when path.Contains("/blobs/", StringComparison.Ordinal) || path.Contains("/manifests/", StringComparison.Ordinal) => "blob or manifest GET",
        _ => "other",
    };
}
