using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace TransferEngine.TestKit.Faults;

/// <summary>
/// Uploads whose location carries a state that changes with each answer, as distribution's <c>_state</c> does: whoever rebuilds the
/// location, or uses an old one, is refused.
/// </summary>
public sealed class UploadState
{
    private readonly ConcurrentDictionary<string, string> _states = new(StringComparer.Ordinal);

    public Fault Fault => (context, next) =>
    {
        var path = context.Request.Path.Value!;
        if (_states.TryGetValue(path, out var state) && context.Request.Query["_state"] != state)
            return Faults.Answer(StatusCodes.Status404NotFound, "BLOB_UPLOAD_UNKNOWN")(context, next);
        return Faults.RewriteLocation(Renew)(context, next);
    };

    private string Renew(HttpContext context, string location)
    {
        if (!location.Contains("/blobs/uploads/", StringComparison.Ordinal))
            return location;
        var state = Guid.NewGuid().ToString("N");
        _states[location] = state;
        return QueryHelpers.AddQueryString(location, "_state", state);
    }
}
