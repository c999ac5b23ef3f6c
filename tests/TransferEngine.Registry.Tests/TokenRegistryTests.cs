using TransferEngine.Images;
using TransferEngine.Registry.Tests.Fakes;

namespace TransferEngine.Registry.Tests;

/// <summary>The base of tests about tokens: a scripted registry that is its own token server.</summary>
public abstract class TokenRegistryTests : IAsyncLifetime
{
    private int _tokens;

    protected const string Password = "pass:word with spaces";

    protected static RepositoryName App { get; } = RepositoryName.Parse("team/app");

    /// <summary>How many tokens it has given out.</summary>
    private protected int Tokens => _tokens;

    private protected ScriptedRegistry Registry { get; private set; } = null!;

    public async Task InitializeAsync() => Registry = await ScriptedRegistry.StartAsync();

    public async Task DisposeAsync() => await Registry.DisposeAsync();

    private protected IEnumerable<SeenRequest> TokenRequests => Registry.Requests.Where(request => request.Target.StartsWith("/token", StringComparison.Ordinal));

    /// <summary>Every request needs a token, which the registry itself gives out.</summary>
    private protected void UseTokens(Func<Microsoft.AspNetCore.Http.HttpContext, Task>? answer = null, int lifeSeconds = 300, string? tokenBody = null,
        Func<SeenRequest, Microsoft.AspNetCore.Http.HttpContext, Task>? tokens = null)
    {
        var challenge = ("WWW-Authenticate", $"Bearer realm=\"http://{Registry.Host}/token\",service=\"reg\"");
        Registry.AnswerBase = (request, http) => request.Authorization.Length == 0
            ? ScriptedRegistry.StatusAsync(http, 401, "", challenge)
            : ScriptedRegistry.StatusAsync(http, 200);
        Registry.Answer = (request, http) => request.Target.StartsWith("/token", StringComparison.Ordinal)
            ? tokens is not null ? tokens(request, http) : ScriptedRegistry.StatusAsync(http, 200, tokenBody ?? $$"""{"token":"token-{{Interlocked.Increment(ref _tokens)}}","access_token":"","expires_in":{{lifeSeconds}}}""")
            : request.Authorization.Length == 0 ? ScriptedRegistry.StatusAsync(http, 401, "", challenge)
            : answer is null ? ScriptedRegistry.StatusAsync(http, 404) : answer(http);
    }
}
