using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;

namespace TransferEngine.TestKit.Faults;

/// <summary>
/// Bearer tokens (distribution's token specification): without a valid one each request is answered 401 and the address of the
/// token service, which this is too, at <c>/token</c>. A token is for the scope that it was asked for, and ends by the clock.
/// </summary>
public sealed class TokenGate(TimeSpan lifetime, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, (string Scope, DateTimeOffset Expires)> _tokens = new(StringComparer.Ordinal);
    private int _issued;

    /// <summary>Tokens handed out so far.</summary>
    public int Issued => _issued;

    /// <summary>A user and password that the token service wants by Basic; null lets everybody have tokens.</summary>
    public (string User, string Password)? Credentials { get; init; }

    public Fault Fault => (context, next) =>
    {
        if (context.Request.Path == "/token")
            return IssueAsync(context);
        var token = context.Request.Headers.Authorization.ToString();
        var scope = ScopeOf(context.Request);
        if (token.StartsWith("Bearer ", StringComparison.Ordinal) && _tokens.TryGetValue(token[7..], out var known)
            && time.GetUtcNow() < known.Expires && (scope is null || known.Scope.Split(' ').Contains(scope)))
            return next(context);
        var challenge = $"Bearer realm=\"{context.Request.Scheme}://{context.Request.Host}/token\",service=\"registry\"{(scope is null ? "" : $",scope=\"{scope}\"")}";
        return Faults.Answer(StatusCodes.Status401Unauthorized, "UNAUTHORIZED", ("WWW-Authenticate", challenge))(context, next);
    };

    private static string? ScopeOf(HttpRequest request)
    {
        var path = request.Path.Value!;
        var end = new[] { "/blobs/", "/manifests/", "/tags/", "/referrers/" }.Select(part => path.LastIndexOf(part, StringComparison.Ordinal)).Max();
        if (end <= 4)
            return null;
        // Cut at the first of nested words, such as /blobs/uploads/.
        var name = path[4..end];
        return $"repository:{name}:{(request.Method is "GET" or "HEAD" ? "pull" : "pull,push")}";
    }

    private Task IssueAsync(HttpContext context)
    {
        if (Credentials is { } wanted && context.Request.Headers.Authorization != "Basic " + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{wanted.User}:{wanted.Password}")))
            return Faults.Answer(StatusCodes.Status401Unauthorized, "UNAUTHORIZED")(context, _ => Task.CompletedTask);
        Interlocked.Increment(ref _issued);
        var token = Guid.NewGuid().ToString("N");
        var scopes = context.Request.Query["scope"].ToArray().SelectMany(scope => scope!.Split(' ')).ToList();
        // Whoever may push may pull.
        scopes.AddRange(scopes.Where(scope => scope.EndsWith(":pull,push", StringComparison.Ordinal)).Select(scope => scope[..^5]).ToList());
        _tokens[token] = (string.Join(' ', scopes), time.GetUtcNow() + lifetime);
        return context.Response.WriteAsJsonAsync(new { token, expires_in = (int)lifetime.TotalSeconds, issued_at = time.GetUtcNow() });
    }
}
