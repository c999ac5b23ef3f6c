using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace TransferEngine.Service.Registry;

/// <summary>
/// HTTP Basic authentication (RFC 7617) in front of everything. Bcrypt is slow on purpose and clients send their password with
/// each request: an accepted one is remembered for some minutes, by a keyed hash.
/// </summary>
internal sealed class BasicAuthentication(Htpasswd users, TimeProvider time)
{
    private const int MaxRemembered = 1_000;

    private static readonly TimeSpan RememberFor = TimeSpan.FromMinutes(5);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _accepted = new(StringComparer.Ordinal);

    public void Guard(IApplicationBuilder app) => app.Use((HttpContext context, RequestDelegate next) =>
    {
        if (IsAccepted(context.Request.Headers.Authorization))
            return next(context);
        context.Response.Headers.WWWAuthenticate = "Basic realm=\"registry\", charset=\"UTF-8\"";
        return new RegistryError(StatusCodes.Status401Unauthorized, "UNAUTHORIZED", "A user name and password are needed.").ExecuteAsync(context);
    });

    private bool IsAccepted(string? header)
    {
        if (!AuthenticationHeaderValue.TryParse(header, out var value) || !value.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase) || value.Parameter is null)
            return false;
        var now = time.GetUtcNow();
        var token = Convert.ToHexString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(value.Parameter)));
        if (_accepted.TryGetValue(token, out var until) && now < until)
            return true;
        if (!Check(value.Parameter))
            return false;
        if (_accepted.Count >= MaxRemembered)
            _accepted.Clear();
        _accepted[token] = now + RememberFor;
        return true;
    }

    private bool Check(string parameter)
    {
        var bytes = new byte[parameter.Length];
        if (!Convert.TryFromBase64String(parameter, bytes, out var count))
            return false;
        return Encoding.UTF8.GetString(bytes, 0, count).Split(':', 2) is [var user, var password] && users.Accepts(user, password);
    }
}
