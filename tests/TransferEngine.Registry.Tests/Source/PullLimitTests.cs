using TransferEngine.Images;
using TransferEngine.Registry.Tests.Fakes;

namespace TransferEngine.Registry.Tests.Source;

public sealed class PullLimitTests : IAsyncLifetime
{
    private static readonly RepositoryName App = RepositoryName.Parse("library/alpine");
    private static readonly Digest Some = Digest.OfSha256([1]);

    private ScriptedRegistry _registry = null!;

    public async Task InitializeAsync() => _registry = await ScriptedRegistry.StartAsync();

    public async Task DisposeAsync() => await _registry.DisposeAsync();

    [Fact]
    public async Task When_no_pull_is_left_the_error_says_when_to_go_on_and_nothing_is_tried_again()
    {
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 429, "", ("ratelimit-limit", "100;w=21600"), ("ratelimit-remaining", "0;w=21600"));
        await using var source = _registry.Source(time: new StandingTime());
        var error = await FailureAsync(source);
        Assert.Equal((ErrorCode.TooManyRequests, ErrorScope.Endpoint), (error.Code, error.Scope));
        Assert.Contains("100 pulls in 6 hours", error.Message, StringComparison.Ordinal);
        Assert.Contains("2026-01-01 06:00 UTC", error.Hint, StringComparison.Ordinal);
        Assert.Single(_registry.Requests, request => request.Target != "/v2/");
    }

    [Fact]
    public async Task What_an_earlier_answer_said_counts_too()
    {
        var isFirst = true;
        _registry.Answer = (_, http) =>
        {
            var status = isFirst ? 200 : 429;
            var headers = isFirst ? new[] { ("ratelimit-remaining", "0;w=21600"), ("Docker-Content-Digest", Some.ToString()) } : [];
            isFirst = false;
            return ScriptedRegistry.StatusAsync(http, status, "", headers);
        };
        await using var source = _registry.Source();
        Assert.NotNull(await source.FindImageAsync(App, Tag.Parse("3"), CancellationToken.None));
        Assert.Equal(ErrorScope.Endpoint, (await FailureAsync(source)).Scope);
    }

    [Theory]
    [InlineData("ratelimit-remaining", "5;w=21600")]
    [InlineData("ratelimit-remaining", "soon")]
    [InlineData("Retry-After", "0")]
    public async Task A_429_that_passes_is_waited_for(string header, string value)
    {
        var left = 2;
        _registry.Answer = (_, http) => left-- > 0
            ? ScriptedRegistry.StatusAsync(http, 429, "", ("ratelimit-limit", "100;w=21600"), (header, value))
            : ScriptedRegistry.StatusAsync(http, 404);
        await using var source = _registry.Source();
        Assert.Equal(ErrorCode.ManifestMissing, (await FailureAsync(source)).Code);
        Assert.Equal(-1, left);
    }

    private static async Task<TransferError> FailureAsync(RegistrySource source) =>
        (await Assert.ThrowsAsync<TransferException>(async () => await source.ReadManifestAsync(App, Some, CancellationToken.None))).Error;

    private sealed class StandingTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    }
}
