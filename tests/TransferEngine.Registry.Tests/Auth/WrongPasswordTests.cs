using TransferEngine.Images;
using TransferEngine.Registry.Tests.Fakes;

namespace TransferEngine.Registry.Tests.Auth;

/// <summary>A wrong password is sent once, however many requests want to go: some registries lock its user out after a few.</summary>
public sealed class WrongPasswordTests : IAsyncLifetime
{
    private static readonly Digest Some = Digest.OfSha256([1]);

    private ScriptedRegistry _registry = null!;

    public async Task InitializeAsync() => _registry = await ScriptedRegistry.StartAsync();

    public async Task DisposeAsync() => await _registry.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_source_tries_it_once_for_all_who_wait(bool hasTokenServer)
    {
        var challenge = ("WWW-Authenticate", hasTokenServer ? $"Bearer realm=\"http://{_registry.Host}/token\"" : "Basic realm=\"r\"");
        _registry.AnswerBase = (_, http) => ScriptedRegistry.StatusAsync(http, 401, "", challenge);
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 401);
        await using var source = _registry.Source(new RegistryCredential("mover", "wrong"));
        var failures = await FailuresAsync(i => source.FindImageAsync(Repository(i), Tag.Parse("1"), CancellationToken.None).AsTask());

        Assert.All(failures, failure => Assert.Equal((ErrorCode.Unauthorized, ErrorScope.Endpoint), (failure.Error.Code, failure.Error.Scope)));
        Assert.Single(_registry.Requests, request => request.Authorization.Length > 0);
    }

    [Fact]
    public async Task A_namespace_s_own_is_tried_once_for_all_its_repositories()
    {
        var challenge = ("WWW-Authenticate", $"Bearer realm=\"http://{_registry.Host}/token\"");
        _registry.AnswerBase = (request, http) => ScriptedRegistry.StatusAsync(http, request.Authorization.Length == 0 ? 401 : 200, "", challenge);
        _registry.Answer = async (request, http) =>
        {
            // A slow token server: all others have their turn before it answers.
            for (var turn = 0; turn < 10_000 && request.Authorization.Length > 0; turn++)
                await Task.Yield();
            await ScriptedRegistry.StatusAsync(http, request.Authorization.Length > 0 ? 401 : 200, "{\"token\":\"t\"}");
        };
        await using var target = RegistryTarget.Create(
            RegistryEndpoint.Parse(_registry.Host), new RegistryOptions { RetryDelay = TimeSpan.Zero }, new NamespaceCredentials(), TimeProvider.System);
        await target.CheckAsync(CancellationToken.None);
        var failures = await FailuresAsync(i => target.HeadBlobAsync(Repository(i), Some, CancellationToken.None));

        Assert.All(failures, failure => Assert.Equal(ErrorCode.Unauthorized, failure.Error.Code));
        Assert.Single(_registry.Requests, request => request.Authorization.StartsWith("Basic", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_right_one_that_is_changed_in_mid_run_is_a_wrong_one_from_then_on()
    {
        var isChanged = false;
        var challenge = ("WWW-Authenticate", $"Bearer realm=\"http://{_registry.Host}/token\"");
        _registry.AnswerBase = (request, http) => ScriptedRegistry.StatusAsync(http, request.Authorization.Length == 0 ? 401 : 200, "", challenge);
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, isChanged ? 401 : 200, "{\"token\":\"t\"}");
        await using var target = await _registry.ConnectAsync(new RegistryCredential("mover", "right"));
        isChanged = true;
        var before = _registry.Requests.Count;
        for (var i = 0; i < 8; i++)
            await Assert.ThrowsAsync<TransferException>(() => target.HeadBlobAsync(Repository(i), Some, CancellationToken.None));
        Assert.Single(_registry.Requests.Skip(before), request => request.Authorization.StartsWith("Basic", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_is_not_sent_again_because_the_registry_then_offers_tokens()
    {
        _registry.AnswerBase = (request, http) => ScriptedRegistry.StatusAsync(http, request.Authorization.Length == 0 ? 401 : 200, "", ("WWW-Authenticate", "Basic realm=\"r\""));
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 401, "", ("WWW-Authenticate", $"Bearer realm=\"http://{_registry.Host}/token\""));
        await using var target = await _registry.ConnectAsync(new RegistryCredential("mover", "right"));
        var before = _registry.Requests.Count;
        await target.HeadBlobAsync(Repository(0), Some, CancellationToken.None);
        Assert.Single(_registry.Requests.Skip(before));
    }

    private static RepositoryName Repository(int number) => RepositoryName.Parse($"team/app{number}");

    private static Task<TransferException[]> FailuresAsync(Func<int, Task> request) =>
        Task.WhenAll(Enumerable.Range(0, 8).Select(i => Assert.ThrowsAsync<TransferException>(() => request(i))));

    private sealed class NamespaceCredentials : ICredentialSource
    {
        public ValueTask<RegistryCredential?> FindAsync(string host, RepositoryName? repository, CancellationToken cancellationToken) =>
            ValueTask.FromResult(repository is null ? null : new RegistryCredential("mover", "wrong"));
    }
}
