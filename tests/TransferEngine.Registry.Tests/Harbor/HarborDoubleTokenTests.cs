using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using TransferEngine.TestKit.Harbor;

namespace TransferEngine.Registry.Tests.Harbor;

/// <summary>The double's tokens say whose they are and what they grant, also while somebody's wrong password keeps a user out.</summary>
public sealed class HarborDoubleTokenTests : HarborDoubleTest
{
    private readonly SteppedTime _time = new();

    private protected override HarborDoubleOptions Options => new() { Time = _time };

    [Fact]
    public async Task A_token_is_a_JWT_whose_access_says_what_was_granted_for_each_scope()
    {
        Harbor.Accounts.Add(new HarborAccount("dev", "s"));
        Harbor.Projects.Find("p1")!.Members["dev"] = HarborRole.Developer;
        var claims = await ClaimsAsync(Basic("dev", "s"), "repository:p1/a:pull repository:p2/b:pull,push repository:library/x:pull,push");
        Assert.Equal(("dev", "harbor-registry"), (claims.GetProperty("sub").GetString(), claims.GetProperty("aud").GetString()));
        Assert.Equal(["repository p1/a pull push", "repository p2/b", "repository library/x pull"], claims.GetProperty("access").EnumerateArray().Select(Text));
    }

    [Fact]
    public async Task While_a_user_is_locked_his_tokens_are_anonymous_and_his_password_is_none()
    {
        Harbor.Accounts.Add(new HarborAccount("robot$mig", "s") { IsRobot = true });
        foreach (var user in new[] { "admin", "robot$mig" })
            (await SendAsync("GET", "/v2/", Basic(user, "wrong"))).Dispose();
        var locked = await ClaimsAsync(Admin, "repository:p1/a:pull,push");
        Assert.False(locked.TryGetProperty("sub", out _));
        Assert.Equal(0, locked.GetProperty("access")[0].GetProperty("actions").GetArrayLength());
        using var head = await SendAsync("HEAD", "/api/v2.0/projects?project_name=p1");
        Assert.Equal(401, (int)head.StatusCode);
        using var projects = await SendAsync("GET", "/api/v2.0/projects");
        Assert.Equal("1", projects.Headers.GetValues("X-Total-Count").Single());
        Assert.Equal("robot$mig", (await ClaimsAsync(Basic("robot$mig", "s"), "repository:p1/a:pull")).GetProperty("sub").GetString());

        _time.Now += HarborAccounts.LockOut;
        Assert.Equal("admin", (await ClaimsAsync(Admin, "repository:p1/a:pull")).GetProperty("sub").GetString());
    }

    private static string Text(JsonElement access) => string.Join(' ',
        access.EnumerateObject().SelectMany(member => member.Value.ValueKind == JsonValueKind.Array ? [.. member.Value.EnumerateArray()] : new[] { member.Value }));

    private async Task<JsonElement> ClaimsAsync(string authorization, string scope)
    {
        var token = (await TokenAsync(scope, authorization))["Bearer ".Length..];
        return JsonDocument.Parse(WebEncoders.Base64UrlDecode(token.Split('.')[1])).RootElement;
    }
}
