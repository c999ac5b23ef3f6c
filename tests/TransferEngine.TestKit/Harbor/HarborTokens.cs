using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;

namespace TransferEngine.TestKit.Harbor;

/// <summary>What a token was made out for. Rights are per project, whatever repository was named.</summary>
internal sealed record HarborToken(HarborAccount? Account, IReadOnlyDictionary<string, IReadOnlySet<string>> Rights, DateTimeOffset Issued, DateTimeOffset Expires);

/// <summary><c>/service/token</c>.</summary>
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
        var text = "token-" + Guid.NewGuid().ToString("N");
        _tokens[text] = new HarborToken(account, RightsOf(account, scopes), now, now.AddSeconds(options.TokenSeconds));
        return HarborReply.JsonAsync(http, 200, new
        {
            token = text,
            access_token = "",
            expires_in = options.TokenSeconds,
            issued_at = now.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        });
    }

    // The actions that were asked for do not count: the token gets all that the user may do there.
    private Dictionary<string, IReadOnlySet<string>> RightsOf(HarborAccount? account, IEnumerable<string> scopes)
    {
        var rights = new Dictionary<string, IReadOnlySet<string>>(StringComparer.Ordinal);
        foreach (var scope in scopes)
        {
            if (scope.Split(':') is ["repository", var repository, _] && projects.Find(repository.Split('/')[0]) is { } project)
                rights[project.Name] = projects.RightsOf(account, project);
        }
        return rights;
    }
}
