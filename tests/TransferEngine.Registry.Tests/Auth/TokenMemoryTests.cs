using TransferEngine.Images;
using TransferEngine.Registry.Tests.Fakes;

namespace TransferEngine.Registry.Tests.Auth;

/// <summary>What is kept of tokens does not grow with the job.</summary>
public sealed class TokenMemoryTests : IAsyncLifetime
{
    private ScriptedRegistry _registry = null!;

    public async Task InitializeAsync()
    {
        _registry = await ScriptedRegistry.StartAsync();
        var challenge = ("WWW-Authenticate", $"Bearer realm=\"http://{_registry.Host}/token\"");
        _registry.AnswerBase = (request, http) => ScriptedRegistry.StatusAsync(http, request.Authorization.Length == 0 ? 401 : 200, "", challenge);
        _registry.Answer = (request, http) => request.Target.StartsWith("/token", StringComparison.Ordinal)
            ? ScriptedRegistry.StatusAsync(http, 200, """{"token":"t","expires_in":100}""") : ScriptedRegistry.StatusAsync(http, 404);
    }

    public async Task DisposeAsync() => await _registry.DisposeAsync();

    [Fact]
    public async Task Tokens_whose_time_is_over_are_dropped_when_others_come()
    {
        var time = new SteppedTime();
        await using var target = await _registry.ConnectAsync(time: time);
        await AskAsync(target, 0, 50);
        Assert.Equal(51, target.Transport.Authenticator.Kept);
        time.Now += TimeSpan.FromSeconds(200);
        await AskAsync(target, 100, 1);
        Assert.Equal(1, target.Transport.Authenticator.Kept);
    }

    [Fact]
    public async Task No_more_tokens_are_kept_than_fit()
    {
        await using var target = await _registry.ConnectAsync();
        await AskAsync(target, 0, Authenticator.MaxTokens + 20);
        Assert.Equal(Authenticator.MaxTokens, target.Transport.Authenticator.Kept);
        var before = _registry.Requests.Count;
        await AskAsync(target, Authenticator.MaxTokens, 20);
        Assert.Equal(20, _registry.Requests.Count - before);
    }

    private static async Task AskAsync(RegistryTarget target, int from, int count)
    {
        for (var i = from; i < from + count; i++)
            await target.HeadBlobAsync(RepositoryName.Parse($"team/app{i}"), Digest.OfSha256([1]), CancellationToken.None);
    }
}
