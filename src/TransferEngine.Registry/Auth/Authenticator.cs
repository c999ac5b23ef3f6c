using System.Net.Http.Headers;
using System.Text;
using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>
/// Finds the Authorization header for a request: none, Basic, or a Bearer token that is kept per scope and renewed by the clock
/// before it is needed, so that no upload runs into an expired one (distribution's <c>docs/spec/auth/token.md</c> and <c>oauth.md</c>).
/// </summary>
internal sealed class Authenticator(RegistryEndpoint endpoint, ICredentialSource credentials, TokenClient tokens, TimeProvider time)
{
    // Mounts take a token for each pair of repositories: of a large job only the last ones are worth keeping.
    internal const int MaxTokens = 1000;
    private const int MaxSecrets = 64;

    // Lazy, so that those who want the same token at the same time ask for it once.
    private readonly RecentlyUsed<string, Lazy<Task<BearerToken>>> _tokens = new(MaxTokens, StringComparer.Ordinal);

    // By secret, since what a file or a helper says is made anew now and then. Neither leaves this object.
    private readonly RecentlyUsed<string, object> _proven = new(MaxSecrets, StringComparer.Ordinal);
    private readonly RecentlyUsed<string, TransferError> _refused = new(MaxSecrets, StringComparer.Ordinal);
    private readonly SemaphoreSlim _proving = new(1);

    /// <summary>Tokens that are kept.</summary>
    internal int Kept => _tokens.Count;

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
        // Harbor has no token for nobody, but for what is public in it.
        if (_challenge is not { } challenge || (scope.Length == 0 && Service == HarborTarget.Service && await CredentialAsync(scope, cancellationToken) is null))
            return null;
        while (true)
        {
            var pending = _tokens.GetOrAdd(scope, () => new Lazy<Task<BearerToken>>(() => RequestTokenAsync(challenge, scope, cancellationToken)));
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
        if (!_tokens.TryGet(scope, out var current) || !current.Value.IsCompletedSuccessfully || await current.Value is not { } token || token.Header != refused)
            return true;
        if (!IsWorthReplacing(token))
            return false;
        Drop(scope, current);
        return true;
    }

    private bool IsWorthReplacing(BearerToken refused) => !refused.IsGiven && time.GetUtcNow() - refused.Issued >= MinTokenAge;

    private void Drop(string scope, Lazy<Task<BearerToken>> token) => _tokens.Remove(scope, token);

    private bool IsOver(Lazy<Task<BearerToken>> token) =>
        token is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true } task } && task.Result.RenewAt <= time.GetUtcNow();

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

    public static AuthenticationHeaderValue? HeaderOf(RegistryCredential? credential) => credential?.Kind switch
    {
        CredentialKind.Password => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credential.Username}:{credential.Secret}"))),
        CredentialKind.RegistryToken => new("Bearer", credential.Secret),
        _ => null,
    };

    private async Task<BearerToken> RequestTokenAsync(Challenge challenge, string scope, CancellationToken cancellationToken)
    {
        _tokens.RemoveOldestWhile(IsOver);
        var credential = await CredentialAsync(scope, cancellationToken);
        if (credential?.Kind == CredentialKind.RegistryToken)
            return new BearerToken(HeaderOf(credential)!, time.GetUtcNow(), DateTimeOffset.MaxValue);
        if (credential is null || _proven.TryGet(credential.Secret, out _))
            return await AskUntilLetInAsync(challenge, scope, credential, isProven: true, cancellationToken);
        // Tried out by one request alone, and never again once refused: a few wrong passwords lock a user out at some registries.
        await _proving.WaitAsync(cancellationToken);
        try
        {
            if (_refused.TryGet(credential.Secret, out var refusal))
                throw new TransferException(refusal);
            var token = await AskUntilLetInAsync(challenge, scope, credential, isProven: false, cancellationToken);
            _proven.Set(credential.Secret, credential);
            return token;
        }
        finally
        {
            _proving.Release();
        }
    }

    // Whoever Harbor does not let in gets a token for nobody: for a wrong password, and for a right one while its user is locked.
    private async Task<BearerToken> AskUntilLetInAsync(
        Challenge challenge, string scope, RegistryCredential? credential, bool isProven, CancellationToken cancellationToken)
    {
        for (var waits = 0; ; waits++)
        {
            var token = await AskForTokenAsync(challenge, scope, credential, cancellationToken);
            if (credential is null || challenge["service"] != HarborTarget.Service || !HarborToken.IsForNobody(token.Header.Parameter!, scope))
                return token;
            if (!isProven)
            {
                var refusal = tokens.Unauthorized(isAnonymous: false);
                _refused.Set(credential.Secret, refusal.Error);
                throw refusal;
            }
            if (waits == HarborLock.Waits)
                throw HarborLock.DoesNotEnd(endpoint.Host);
            await HarborLock.WaitAsync(time, cancellationToken);
        }
    }

    private async Task<BearerToken> AskForTokenAsync(Challenge challenge, string scope, RegistryCredential? credential, CancellationToken cancellationToken)
    {
        try
        {
            return await tokens.AskAsync(challenge, scope, credential, IsTls, cancellationToken);
        }
        catch (TransferException e) when (credential is not null && e.Error is { Code: ErrorCode.Unauthorized, Scope: ErrorScope.Endpoint })
        {
            _proven.Remove(credential.Secret);
            _refused.Set(credential.Secret, e.Error);
            throw;
        }
    }
}
