using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace TransferEngine.TestKit.Harbor;

/// <summary>What a token was made out for. Rights are per project, whatever repository was named.</summary>
internal sealed record HarborToken(
    HarborAccount? Account, IReadOnlyDictionary<string, IReadOnlySet<string>> Rights, DateTimeOffset Issued, DateTimeOffset Expires);

/// <summary>
/// <c>/service/token</c>. Tokens are JWTs (distribution's <c>docs/spec/auth/jwt.md</c>): <c>sub</c> names the account, and is left out for
/// nobody; <c>access</c> says what was granted for each scope.
/// </summary>
internal sealed class HarborTokens(HarborAccounts accounts, HarborProjects projects, HarborDoubleOptions options)
{
    private readonly ConcurrentDictionary<string, HarborToken> _tokens = new(StringComparer.Ordinal);
    private readonly TimeProvider _time = options.Time;

    /// <summary>Null if it is none of ours, or too old.</summary>
    public HarborToken? Find(AuthenticationHeaderValue header) =>
        header.Parameter is { } text && _tokens.TryGetValue(text, out var token) && _time.GetUtcNow() < token.Expires ? token : null;

    public Task AnswerAsync(HttpContext http, AuthenticationHeaderValue? authorization)
    {
        if (!HttpMethods.IsGet(http.Request.Method))
            return HarborReply.TextAsync(http, 405);
        if (http.Request.Query["service"] != HarborDouble.Service)
            return HarborReply.TextAsync(http, 400, $"service {http.Request.Query["service"]} is not supported");
        var scopes = http.Request.Query["scope"].SelectMany(scope => (scope ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToList();
        var account = accounts.Find(authorization);
        if (account is null && scopes.Count == 0)
            return HarborReply.TextAsync(http, 401);
        var now = _time.GetUtcNow();
        var access = scopes.Select(scope => scope.Split(':')).Where(parts => parts.Length == 3)
            .Select(parts => new HarborAccess(parts[0], parts[1], Granted(account, parts))).ToList();
        var token = new HarborToken(account, RightsOf(access), now, now.AddSeconds(options.TokenSeconds));
        var text = Write(token, access);
        _tokens[text] = token;
        return HarborReply.JsonAsync(http, 200, new
        {
            token = text,
            access_token = "",
            expires_in = options.TokenSeconds,
            issued_at = now.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        });
    }

    // The actions that were asked for do not count: the token gets all that the user may do there.
    private string[] Granted(HarborAccount? account, string[] scope) => scope switch
    {
        ["registry", "catalog", _] => account is { IsAdmin: true } ? ["*"] : [],
        ["repository", var repository, _] when projects.Find(repository.Split('/')[0]) is { } project =>
            [.. projects.RightsOf(account, project).Order(StringComparer.Ordinal)],
        _ => [],
    };

    private static Dictionary<string, IReadOnlySet<string>> RightsOf(IEnumerable<HarborAccess> access)
    {
        var rights = new Dictionary<string, IReadOnlySet<string>>(StringComparer.Ordinal);
        foreach (var (_, repository, actions) in access.Where(one => one.type == "repository"))
            rights[repository.Split('/')[0]] = actions.ToHashSet(StringComparer.Ordinal);
        return rights;
    }

    // Nobody but this double looks at the signature, and it knows its tokens.
    private static string Write(HarborToken token, List<HarborAccess> access)
    {
        var claims = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["iss"] = "harbor-token-issuer",
            ["aud"] = HarborDouble.Service,
            ["exp"] = token.Expires.ToUnixTimeSeconds(),
            ["nbf"] = token.Issued.ToUnixTimeSeconds(),
            ["iat"] = token.Issued.ToUnixTimeSeconds(),
            ["jti"] = Guid.NewGuid().ToString("N"),
            ["access"] = access,
        };
        if (token.Account is { } account)
            claims["sub"] = account.Name;
        var header = JsonSerializer.SerializeToUtf8Bytes(new { alg = "RS256", typ = "JWT" });
        return string.Join('.', new[] { header, JsonSerializer.SerializeToUtf8Bytes(claims), Guid.NewGuid().ToByteArray() }.Select(WebEncoders.Base64UrlEncode));
    }
}

/// <summary>One entry of a token's <c>access</c>, named as there.</summary>
internal sealed record HarborAccess(string type, string name, string[] actions);
