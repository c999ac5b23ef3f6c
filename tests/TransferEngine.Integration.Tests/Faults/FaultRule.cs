using TransferEngine.TestKit.Line;

namespace TransferEngine.Integration.Tests.Faults;

/// <summary>Which requests a rule is about.</summary>
internal enum RequestKind
{
    Any,
    Base,
    List,
    ManifestRead,
    ManifestPut,
    BlobHead,
    BlobGet,
    UploadStart,
    UploadBody,
}

/// <summary>So many requests of a kind meet a fault, after so many that pass.</summary>
/// <param name="Kind">The kind of request.</param>
/// <param name="Part">What their address must hold as well; empty for all.</param>
/// <param name="After">How many pass first.</param>
/// <param name="Times">How many meet the fault then.</param>
/// <param name="FaultKind">What befalls them.</param>
/// <param name="Fault">The same, with its places.</param>
internal sealed record FaultRule(RequestKind Kind, string Part, int After, int Times, FaultKind FaultKind, LineFault Fault)
{
    private int _seen;

    public bool Hits(ProxiedRequest request)
    {
        if (!Is(request) || !$"{request.Path}?{request.Query}".Contains(Part, StringComparison.Ordinal))
            return false;
        var place = Interlocked.Increment(ref _seen);
        return place > After && place - After <= Times;
    }

    public override string ToString()
    {
        var places = Fault is LineFault.Answer answer ? string.Join(' ', answer.Headers) : $"{Fault}";
        return $"{Kind}{(Part.Length > 0 ? $" of {Part}" : "")}: {After} pass, then {(Times == int.MaxValue ? "all" : $"{Times}")} meet {FaultKind} ({places})";
    }

    private bool Is(ProxiedRequest request) => Kind switch
    {
        RequestKind.Base => request.Path == "/v2/",
        RequestKind.List => request.Path.EndsWith("/_catalog", StringComparison.Ordinal) || request.Path.EndsWith("/tags/list", StringComparison.Ordinal),
        RequestKind.ManifestRead => IsOf(request, "/manifests/") && request.Method is "GET" or "HEAD",
        RequestKind.ManifestPut => IsOf(request, "/manifests/") && request.Method == "PUT",
        RequestKind.BlobHead => request.Method == "HEAD" && IsOf(request, "/blobs/sha"),
        RequestKind.BlobGet => request.IsBlobGet,
        RequestKind.UploadStart => request.Method == "POST",
        RequestKind.UploadBody => request.Method is "PUT" or "PATCH" && IsOf(request, "/blobs/uploads/"),
        _ => true,
    };

    private static bool IsOf(ProxiedRequest request, string part) => request.Path.Contains(part, StringComparison.Ordinal);
}
