using System.Net.Http.Json;
using System.Text.Json;
using TransferEngine.TestKit.Harbor;

namespace TransferEngine.Registry.Tests.Harbor;

/// <summary>The double's API for projects and robots does what was observed.</summary>
public sealed class HarborDoubleApiTests : HarborDoubleTest
{
    private const string Projects = "/api/v2.0/projects";

    [Fact]
    public async Task A_project_is_created_once_and_its_location_has_its_number()
    {
        using var created = await CreateAsync("p2");
        Assert.Equal((201, "/api/v2.0/projects/3"), ((int)created.StatusCode, created.Headers.Location?.OriginalString));
        await ExpectAsync(await CreateAsync("p2"), 409, "CONFLICT", "The project named p2 already exists");
        await ExpectAsync(await CreateAsync("Bad__name"), 400, "BAD_REQUEST", "project name is not in lower case or contains illegal characters");
        await ExpectAsync(await CreateAsync(new string('a', 256)), 422, "UNPROCESSABLE_ENTITY", "");
        using var text = new StringContent("{}");
        await ExpectAsync(await SendAsync("POST", Projects, content: text), 422, "UNPROCESSABLE_ENTITY", "");
    }

    [Fact]
    public async Task Who_may_create_projects()
    {
        Harbor.Accounts.Add(new HarborAccount("robot$mig", "s") { IsRobot = true });
        Harbor.Accounts.Add(new HarborAccount("robot$p1+ci", "s") { IsRobot = true, Project = "p1" });
        await ExpectAsync(await CreateAsync("p2", authorization: null), 401, "UNAUTHORIZED", "unauthorized");
        await ExpectAsync(await CreateAsync("p2", Basic("admin", "wrong")), 401, "UNAUTHORIZED", "unauthorized");
        await ExpectAsync(await CreateAsync("p2", Basic("robot$p1+ci", "s")), 403, "FORBIDDEN", "Only system level robot can create project");
        using var created = await CreateAsync("p2", Basic("robot$mig", "s"), limit: 5);
        Assert.Equal((201, -1), ((int)created.StatusCode, Harbor.Projects.Find("p2")!.StorageLimit));
        await RestartAsync(new HarborDoubleOptions { OnlyAdminsCreateProjects = true });
        Harbor.Accounts.Add(new HarborAccount("dev", "s"));
        await ExpectAsync(await CreateAsync("p2", Basic("dev", "s")), 403, "FORBIDDEN", "Only system admin can create project");
    }

    [Fact]
    public async Task Whether_a_project_is_there_is_told_to_any_user_and_what_it_is_to_its_members()
    {
        Harbor.Accounts.Add(new HarborAccount("dev", "s"));
        Assert.Equal((200, 404, 401), (await StatusAsync("p1", Basic("dev", "s")), await StatusAsync("nope", Admin), await StatusAsync("p1", null)));
        await ExpectAsync(await SendAsync("GET", Projects + "/p1", Basic("dev", "s")), 403, "FORBIDDEN", "");
        await ExpectAsync(await SendAsync("GET", Projects + "/nope"), 404, "NOT_FOUND", "project nope not found");
        await ExpectAsync(await SendAsync("GET", Projects + "/p1", authorization: null), 401, "UNAUTHORIZED", "");

        async Task<int> StatusAsync(string name, string? authorization)
        {
            using var answer = await SendAsync("HEAD", $"{Projects}?project_name={name}", authorization);
            return (int)answer.StatusCode;
        }
    }

    [Fact]
    public async Task The_list_has_pages_and_a_wrong_password_sees_what_is_public()
    {
        using var second = await SendAsync("GET", Projects + "?page=2&page_size=1");
        Assert.Equal("2", second.Headers.GetValues("X-Total-Count").Single());
        Assert.Contains("rel=\"prev\"", second.Headers.GetValues("Link").Single(), StringComparison.Ordinal);
        using var wrong = await SendAsync("GET", Projects, Basic("admin", "wrong"));
        Assert.Equal("library", JsonDocument.Parse(await wrong.Content.ReadAsStringAsync()).RootElement.EnumerateArray().Single().GetProperty("name").GetString());
        await ExpectAsync(await SendAsync("GET", Projects + "?page_size=101", Basic("nobody", "x")), 422, "UNPROCESSABLE_ENTITY", "");
    }

    [Fact]
    public async Task A_robot_is_created_with_a_secret_logs_in_and_is_no_user()
    {
        var wanted = new { name = "mig", level = "system", duration = -1, permissions = Array.Empty<object>() };
        using var created = await SendAsync("POST", "/api/v2.0/robots", content: JsonContent.Create(wanted));
        var robot = JsonDocument.Parse(await created.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal("robot$mig", robot.GetProperty("name").GetString());
        await ExpectAsync(await SendAsync("POST", "/api/v2.0/robots", content: JsonContent.Create(wanted)), 409, "CONFLICT", "");
        using var current = await SendAsync("GET", "/api/v2.0/users/current", Basic("robot$mig", robot.GetProperty("secret").GetString()!));
        Assert.Equal(412, (int)current.StatusCode);
    }

    [Theory]
    [InlineData(HarborVersion.V29, "v2.9.5")]
    [InlineData(HarborVersion.V215, "v2.15.2")]
    public async Task The_version_is_told_to_anybody_and_the_read_only_mode_to_users(HarborVersion version, string text)
    {
        await RestartAsync(new HarborDoubleOptions { Version = version });
        using var open = await SendAsync("GET", "/api/v2.0/systeminfo", authorization: null);
        using var known = await SendAsync("GET", "/api/v2.0/systeminfo");
        var (first, second) = (JsonDocument.Parse(await open.Content.ReadAsStringAsync()).RootElement, JsonDocument.Parse(await known.Content.ReadAsStringAsync()).RootElement);
        Assert.Equal(text, first.GetProperty("harbor_version").GetString());
        Assert.False(first.TryGetProperty("read_only", out _));
        Assert.False(second.GetProperty("read_only").GetBoolean());
    }

    private Task<HttpResponseMessage> CreateAsync(string name, string? authorization = Admin, long limit = -1) =>
        SendAsync("POST", Projects, authorization, JsonContent.Create(new { project_name = name, metadata = new { @public = "false" }, storage_limit = limit }));
}
