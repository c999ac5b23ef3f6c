using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>
/// Finds the Authorization header for a request: none, Basic, or a Bearer token that is kept per scope and renewed by the clock
/// before it is needed, so that no upload runs into an expired one (distribution's <c>docs/spec/auth/token.md</c> and <c>oauth.md</c>).
/// </summary>
internal sealed class Authenticator(
    RegistryEndpoint endpoint, ICredentialSource credentials, Func<Func<HttpRequestMessage>, int, CancellationToken, Task<HttpResponseMessage>> send, TimeProvider time)
{
    // The specification's default where the server says nothing; and how early a token counts as old.
    private const int DefaultLifeSeconds = 60;
    private const int MaxTokenResponse = 256 * 1024;

    private sealed record Token(AuthenticationHeaderValue Header, DateTimeOffset Issued, DateTimeOffset RenewAt)
    {
        /// <summary>Given by the user: there is no other one to be had.</summary>
        public bool IsGiven => RenewAt == DateTimeOffset.MaxValue;
    }

    // Lazy, so that those who want the same token at the same time ask for it once.
    private readonly ConcurrentDictionary<string, Lazy<Task<Token>>> _tokens = new(StringComparer.Ordinal);

    // By secret, since what a file or a helper says is made anew now and then. Neither leaves this object.
    private readonly ConcurrentDictionary<string, bool> _proven = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TransferError> _refused = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _proving = new(1);

    /// <summary>The registry itself is reached by TLS.</summary>
    public bool IsTls { get; set; }

    /// <summary>A refused token that is younger is not replaced: another one would be refused as well.</summary>
    public TimeSpan MinTokenAge { get; set; }

    /// <summary>What the registry calls itself towards its token server; null while it has not asked for a token.</summary>
    public string? Service => _challenge?["service"];

    private volatile Challenge? _challenge;
    private volatile bool _isBasic;

    /// <summary>The header for requests with this scope; null while the registry has asked for none.</summary>
    /// <param name="scope">Space-separated token scopes, such as <c>repository:a:pull,push</c>; empty for the registry itself.</param>
    /// <param name="cancellationToken">Stops a token request.</param>
    public async ValueTask<AuthenticationHeaderValue?> FindAsync(string scope, CancellationToken cancellationToken)
    {
        if (_isBasic)
            return HeaderOf(await CredentialAsync(scope, cancellationToken));
        if (_challenge is not { } challenge)
            return null;
        while (true)
        {
            var pending = _tokens.GetOrAdd(scope, _ => new Lazy<Task<Token>>(() => RequestTokenAsync(challenge, scope, cancellationToken)));
            try
            {
                var token = await pending.Value.WaitAsync(cancellationToken);
                if (token.RenewAt > time.GetUtcNow())
                    return token.Header;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // Another request's cancellation stopped the shared token request: ask anew.
            }
            catch
            {
                Drop(scope, pending);
                throw;
            }
            Drop(scope, pending);
        }
    }

    /// <summary>
    /// Learns from a 401 what the registry wants. Returns false if there is nothing new to try: then the answer stands.
    /// </summary>
    public async ValueTask<bool> LearnAsync(HttpResponseMessage response, AuthenticationHeaderValue? sent, string scope, CancellationToken cancellationToken)
    {
        var challenges = Challenge.ParseAll(response.Headers.TryGetValues("WWW-Authenticate", out var values) ? values : []);
        var bearer = challenges.FirstOrDefault(challenge => challenge.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase) && challenge["realm"] is not null);
        // Harbor answers any bad token by a Basic challenge: what matters is that this token is no longer good.
        if (sent is { Scheme: "Bearer" })
            return !_isBasic && await ReplaceAsync(sent, scope);
        if (bearer is not null && sent is null)
        {
            _challenge = bearer;
            return true;
        }
        if (sent is not null || !challenges.Any(challenge => challenge.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase)))
            return false;
        return _isBasic = HeaderOf(await CredentialAsync(scope, cancellationToken)) is not null;
    }

    // Where requests meet the end of a token together, one replaces it, and the others take what that one gets.
    private async ValueTask<bool> ReplaceAsync(AuthenticationHeaderValue refused, string scope)
    {
        if (!_tokens.TryGetValue(scope, out var current) || !current.Value.IsCompletedSuccessfully || await current.Value is not { } token || token.Header != refused)
            return true;
        if (!IsWorthReplacing(token))
            return false;
        Drop(scope, current);
        return true;
    }

    private bool IsWorthReplacing(Token refused) => !refused.IsGiven && time.GetUtcNow() - refused.Issued >= MinTokenAge;

    private void Drop(string scope, Lazy<Task<Token>> token) => _tokens.TryRemove(new KeyValuePair<string, Lazy<Task<Token>>>(scope, token));

    /// <summary>User name and password as they are, for interfaces that take no tokens; null for anonymous access.</summary>
    public async ValueTask<AuthenticationHeaderValue?> FindBasicAsync(CancellationToken cancellationToken) =>
        await CredentialAsync("", cancellationToken) is { Kind: CredentialKind.Password } credential ? HeaderOf(credential) : null;

    // Credentials may differ by namespace: those of the repository that is worked on count, a mount's source is only read.
    private ValueTask<RegistryCredential?> CredentialAsync(string scope, CancellationToken cancellationToken)
    {
        var parts = scope.Split(' ', 2)[0].Split(':');
        var repository = parts is ["repository", var name, _] && RepositoryName.TryParse(name, out var parsed) ? parsed : endpoint.Prefix;
        return credentials.FindAsync(endpoint.Host, repository, cancellationToken);
    }

    private static AuthenticationHeaderValue? HeaderOf(RegistryCredential? credential) => credential?.Kind switch
    {
        CredentialKind.Password => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credential.Username}:{credential.Secret}"))),
        CredentialKind.RegistryToken => new("Bearer", credential.Secret),
        _ => null,
    };

    private async Task<Token> RequestTokenAsync(Challenge challenge, string scope, CancellationToken cancellationToken)
    {
        var credential = await CredentialAsync(scope, cancellationToken);
        if (credential?.Kind == CredentialKind.RegistryToken)
            return new Token(HeaderOf(credential)!, time.GetUtcNow(), DateTimeOffset.MaxValue);
        if (credential is null || _proven.ContainsKey(credential.Secret))
            return await AskUntilLetInAsync(challenge, scope, credential, isProven: true, cancellationToken);
        // Tried out by one request alone, and never again once refused: a few wrong passwords lock a user out at some registries.
        await _proving.WaitAsync(cancellationToken);
        try
        {
            if (_refused.TryGetValue(credential.Secret, out var refusal))
                throw new TransferException(refusal);
            var token = await AskUntilLetInAsync(challenge, scope, credential, isProven: false, cancellationToken);
            _proven.TryAdd(credential.Secret, true);
            return token;
        }
        finally
        {
            _proving.Release();
        }
    }

    // Whoever Harbor does not let in gets a token for nobody: for a wrong password, and for a right one while its user is locked.
    private async Task<Token> AskUntilLetInAsync(
        Challenge challenge, string scope, RegistryCredential? credential, bool isProven, CancellationToken cancellationToken)
    {
        for (var waits = 0; ; waits++)
        {
            var token = await AskForTokenAsync(challenge, scope, credential, cancellationToken);
            if (credential is null || challenge["service"] != HarborTarget.Service || !HarborToken.IsForNobody(token.Header.Parameter!, scope))
                return token;
            if (!isProven)
            {
                var refusal = RegistryErrors.Unauthorized(endpoint.Host, isAnonymous: false);
                _refused[credential.Secret] = refusal.Error;
                throw refusal;
            }
            if (waits == HarborLock.Waits)
                throw HarborLock.DoesNotEnd(endpoint.Host);
            await HarborLock.WaitAsync(time, cancellationToken);
        }
    }

    private async Task<Token> AskForTokenAsync(Challenge challenge, string scope, RegistryCredential? credential, CancellationToken cancellationToken)
    {
        var realm = CheckRealm(challenge);
        var service = challenge["service"] ?? "";
        using var response = await send(() => credential?.Kind == CredentialKind.IdentityToken
            ? RefreshRequest(realm, service, scope, credential.Secret)
            : TokenRequest(realm, service, scope, HeaderOf(credential)), MaxTokenResponse, cancellationToken);
        if (response.StatusCode == HttpStatusCode.OK)
            return ReadToken(await RegistryErrors.ReadBoundedAsync(response, MaxTokenResponse, cancellationToken));
        var refusal = Refused(realm, (int)response.StatusCode, scope, isAnonymous: credential is null);
        if (credential is not null && response.StatusCode == HttpStatusCode.Unauthorized)
        {
            _proven.TryRemove(credential.Secret, out _);
            _refused[credential.Secret] = refusal.Error;
        }
        throw refusal;
    }

    // What is refused for one scope concerns what it names, as where a token server answers 403 for a repository that is somebody
    // else's. A wrong password, and the server's own trouble, concern everything.
    private TransferException Refused(Uri realm, int status, string scope, bool isAnonymous)
    {
        var isOfScope = scope.Length > 0 && status is >= 400 and < 500 and not (408 or 429) && (status != 401 || isAnonymous);
        if (!isOfScope && status is 401 or 403)
            return RegistryErrors.Unauthorized(endpoint.Host, isAnonymous);
        var code = status == 429 ? ErrorCode.TooManyRequests : status == 408 || status >= 500 ? ErrorCode.ServerError : status == 403 ? ErrorCode.Denied : ErrorCode.Unauthorized;
        return new TransferException(new TransferError(code, $"The token server {realm.Host} answered {status}.")
        {
            Host = endpoint.Host,
            Scope = isOfScope ? ErrorScope.Repository : ErrorScope.Endpoint,
            IsTransient = code is ErrorCode.TooManyRequests or ErrorCode.ServerError,
            Hint = isOfScope ? "Check what the user may do there." : null,
        });
    }

    private static HttpRequestMessage TokenRequest(Uri realm, string service, string scope, AuthenticationHeaderValue? authorization)
    {
        var query = new StringBuilder(realm.Query.Length > 1 ? realm.Query + "&" : "?");
        query.Append("service=").Append(Uri.EscapeDataString(service));
        foreach (var one in scope.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            query.Append("&scope=").Append(Uri.EscapeDataString(one));
        var request = new HttpRequestMessage(HttpMethod.Get, new UriBuilder(realm) { Query = query.ToString() }.Uri);
        request.Headers.Authorization = authorization;
        return request;
    }

    // oauth.md: scopes in one field, separated by spaces.
    private static HttpRequestMessage RefreshRequest(Uri realm, string service, string scope, string refreshToken) => new(HttpMethod.Post, realm)
    {
        Content = new FormUrlEncodedContent(
        [
            new("grant_type", "refresh_token"),
            new("service", service),
            new("client_id", "transfer-engine"),
            new("scope", scope),
            new("refresh_token", refreshToken),
        ]),
    };

    // The realm is the registry's word for where credentials go: never from TLS to plain text.
    private Uri CheckRealm(Challenge challenge) =>
        Uri.TryCreate(challenge["realm"], UriKind.Absolute, out var realm) && (realm.Scheme == Uri.UriSchemeHttps || (realm.Scheme == Uri.UriSchemeHttp && !IsTls))
            ? realm
            : throw new TransferException(new TransferError(ErrorCode.ProtocolViolation, $"The registry names '{Printable.Of(challenge["realm"])}' as its token server, which is no URL fit for credentials.") { Scope = ErrorScope.Endpoint });

    private Token ReadToken(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var value = Text(json.RootElement, "token") is { Length: > 0 } token ? token : Text(json.RootElement, "access_token");
            if (string.IsNullOrEmpty(value))
                throw new JsonException("no token");
            var seconds = json.RootElement.TryGetProperty("expires_in", out var life) && life.TryGetInt32(out var stated) && stated > 0 ? stated : DefaultLifeSeconds;
            // Counted from now by our own clock, less a fifth: the server's clock, and a slow answer, must not matter.
            var now = time.GetUtcNow();
            return new Token(new AuthenticationHeaderValue("Bearer", value), now, now + TimeSpan.FromSeconds(seconds * 0.8));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new TransferException(new TransferError(ErrorCode.ProtocolViolation, "The token server's answer holds no token.") { Host = endpoint.Host, Scope = ErrorScope.Endpoint });
        }
    }

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
