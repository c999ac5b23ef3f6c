using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>Asks a registry's token server (distribution's <c>docs/spec/auth/token.md</c> and <c>oauth.md</c>).</summary>
internal sealed class TokenClient(
    RegistryEndpoint endpoint, RealmGuard guard, RegistryRole role,
    Func<Func<HttpRequestMessage>, int, RequestSubject, CancellationToken, Task<HttpResponseMessage>> send, TimeProvider time)
{
    // The specification's default where the server says nothing; and how early a token counts as old.
    private const int DefaultLifeSeconds = 60;
    private const double LifeUsed = 0.8;
    private const int MaxTokenResponse = 256 * 1024;

    /// <param name="challenge">What the registry said.</param>
    /// <param name="scope">Space-separated scopes; empty for the registry itself.</param>
    /// <param name="credential">Null for anonymous access.</param>
    /// <param name="isTls">The registry is reached by TLS.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="TransferException">There is none. <see cref="ErrorCode.Unauthorized"/> of the endpoint: the credentials are wrong.</exception>
    public async Task<BearerToken> AskAsync(
        Challenge challenge, string scope, RegistryCredential? credential, bool isTls, CancellationToken cancellationToken)
    {
        var realm = guard.Check(challenge["realm"], isTls, hasCredentials: credential is not null);
        var service = challenge["service"] ?? "";
        var subject = new RequestSubject("a token", endpoint.Host) { Role = role, Scope = ScopeOf(scope) };
        using var response = await send(() => credential?.Kind == CredentialKind.IdentityToken
            ? RefreshRequest(realm, service, scope, credential.Secret)
            : TokenRequest(realm, service, scope, Authenticator.HeaderOf(credential)), MaxTokenResponse, subject, cancellationToken);
        return response.StatusCode == HttpStatusCode.OK
            ? ReadToken(await BoundedBody.ReadAsync(response, MaxTokenResponse, cancellationToken), realm, subject)
            : throw Refused(realm, (int)response.StatusCode, scope, isAnonymous: credential is null, subject);
    }

    public TransferException Unauthorized(bool isAnonymous) => RegistryErrors.Unauthorized(endpoint.Host, isAnonymous, role);

    // Without a token for a repository all of it waits; without one for the catalog, or for the registry itself, everything.
    private static ErrorScope ScopeOf(string scope) =>
        scope.StartsWith("repository:", StringComparison.Ordinal) ? ErrorScope.Repository : ErrorScope.Endpoint;

    // What is refused for one scope concerns what it names, as where a token server answers 403 for a repository that is somebody
    // else's. A wrong password concerns everything.
    private TransferException Refused(Uri realm, int status, string scope, bool isAnonymous, RequestSubject subject)
    {
        var isOfScope = scope.Length > 0 && status is >= 400 and < 500 and not (408 or 429) && (status != 401 || isAnonymous);
        if (!isOfScope && status is 401 or 403)
            return Unauthorized(isAnonymous);
        var code = status switch
        {
            429 => ErrorCode.TooManyRequests,
            408 or >= 500 => ErrorCode.ServerError,
            403 => ErrorCode.Denied,
            _ => ErrorCode.Unauthorized,
        };
        return new TransferException(subject.Error(code, $"The token server {realm.Host} answered {status}.") with
        {
            Scope = isOfScope ? ErrorScope.Repository : subject.Scope,
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

    private BearerToken ReadToken(byte[] body, Uri realm, RequestSubject subject)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var value = Text(json.RootElement, "token") is { Length: > 0 } token ? token : Text(json.RootElement, "access_token");
            if (string.IsNullOrEmpty(value) || value.Any(letter => letter is <= ' ' or > '~'))
                throw new FormatException("no token");
            var seconds = json.RootElement.TryGetProperty("expires_in", out var life) && life.TryGetInt32(out var stated) && stated > 0
                ? stated : DefaultLifeSeconds;
            // Counted from now by our own clock, less a fifth: the server's clock, and a slow answer, must not matter.
            var now = time.GetUtcNow();
            return new BearerToken(new AuthenticationHeaderValue("Bearer", value), now, now + TimeSpan.FromSeconds(seconds * LifeUsed));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw subject.Violation($"The answer of the token server {Printable.Of(realm.Host)} holds no token.");
        }
    }

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
