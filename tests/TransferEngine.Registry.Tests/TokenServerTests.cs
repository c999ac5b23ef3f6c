using TransferEngine.Images;
using TransferEngine.Registry.Tests.Fakes;

namespace TransferEngine.Registry.Tests;

/// <summary>What a token server may answer instead of a token, and whom that concerns.</summary>
public sealed class TokenServerTests : TokenRegistryTests
{
    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task A_token_server_s_bad_moment_passes(int status)
    {
        var left = 2;
        UseTokens(tokens: (_, http) => left-- > 0 ? ScriptedRegistry.StatusAsync(http, status) : ScriptedRegistry.StatusAsync(http, 200, "{\"token\":\"t\"}"));
        await using var target = await Registry.ConnectAsync(new RegistryCredential("mover", Password));
        Assert.Null(await target.HeadBlobAsync(App, Digest.OfSha256([1]), CancellationToken.None));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_token_server_that_fails_for_one_repository_stops_no_other(bool isSilent)
    {
        UseTokens(tokens: (request, http) =>
        {
            if (!request.Target.Contains("app", StringComparison.Ordinal))
                return ScriptedRegistry.StatusAsync(http, 200, "{\"token\":\"t\"}");
            if (isSilent)
                http.Abort();
            return isSilent ? Task.CompletedTask : ScriptedRegistry.StatusAsync(http, 500);
        });
        await using var target = await Registry.ConnectAsync(new RegistryCredential("mover", Password));
        var error = (await Assert.ThrowsAsync<TransferException>(() => target.HeadBlobAsync(App, Digest.OfSha256([1]), CancellationToken.None))).Error;
        Assert.Equal((ErrorScope.Repository, true), (error.Scope, error.IsTransient));
        Assert.Null(await target.HeadBlobAsync(RepositoryName.Parse("other"), Digest.OfSha256([1]), CancellationToken.None));
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("{}")]
    [InlineData("{\"token\":7}")]
    [InlineData("{\"token\":\"a\\nb\"}")]
    [InlineData("{\"token\":\"a b\"}")]
    [InlineData("{\"token\":\"a\\u0001b\"}")]
    [InlineData("{\"token\":\"\\ud800\"}")]
    public async Task An_answer_that_holds_no_token_is_a_violation(string body)
    {
        UseTokens(tokens: (request, http) => ScriptedRegistry.StatusAsync(http, 200, request.Target.Contains("app", StringComparison.Ordinal) ? body : "{\"token\":\"t\"}"));
        await using var target = await Registry.ConnectAsync();
        var error = (await Assert.ThrowsAsync<TransferException>(() => target.HeadBlobAsync(App, Digest.OfSha256([1]), CancellationToken.None))).Error;
        Assert.Equal((ErrorCode.ProtocolViolation, ErrorScope.Repository), (error.Code, error.Scope));
    }

    [Fact]
    public async Task A_page_in_the_token_server_s_place_passes()
    {
        var left = 2;
        UseTokens(tokens: (_, http) =>
        {
            http.Response.ContentType = left > 0 ? "text/html" : "application/json";
            return ScriptedRegistry.StatusAsync(http, 200, left-- > 0 ? "<html>" : "{\"token\":\"t\"}");
        });
        await using var target = await Registry.ConnectAsync();
        Assert.Null(await target.HeadBlobAsync(App, Digest.OfSha256([1]), CancellationToken.None));
    }

    [Theory]
    [InlineData(403, true, ErrorCode.Denied)]
    [InlineData(400, true, ErrorCode.Unauthorized)]
    [InlineData(401, false, ErrorCode.Unauthorized)]
    public async Task A_token_that_is_refused_for_one_repository_stops_no_other(int status, bool hasCredentials, string code)
    {
        UseTokens(tokens: (request, http) => request.Target.Contains("app", StringComparison.Ordinal)
            ? ScriptedRegistry.StatusAsync(http, status)
            : ScriptedRegistry.StatusAsync(http, 200, "{\"token\":\"t\"}"));
        await using var target = await Registry.ConnectAsync(hasCredentials ? new RegistryCredential("mover", Password) : null);
        var failure = await Assert.ThrowsAsync<TransferException>(() => target.HeadBlobAsync(App, Digest.OfSha256([1]), CancellationToken.None));
        Assert.Equal((code, ErrorScope.Repository, false), (failure.Error.Code, failure.Error.Scope, failure.Error.IsTransient));
        Assert.Null(await target.HeadBlobAsync(RepositoryName.Parse("other"), Digest.OfSha256([1]), CancellationToken.None));
    }
}
