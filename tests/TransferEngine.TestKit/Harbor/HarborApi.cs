using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace TransferEngine.TestKit.Harbor;

/// <summary>Harbor's own API below <c>/api/v2.0</c>, as far as somebody who pulls and pushes needs it. A wrong password counts as none.</summary>
internal sealed partial class HarborApi(HarborDouble harbor, HarborDoubleOptions options)
{
    private readonly HarborArtifacts _artifacts = new(harbor);

    public Task AnswerAsync(HttpContext http, string path, HarborAccount? account) => (http.Request.Method, path.Split('/')[1..]) switch
    {
        ("GET", ["systeminfo"]) => HarborReply.JsonAsync(http, 200, SystemInfo(account)),
        ("GET", ["health"]) => HarborReply.JsonAsync(http, 200, new { components = new[] { new { name = "core", status = "healthy" } }, status = "healthy" }),
        ("GET", ["users", "current"]) => CurrentUserAsync(http, account),
        ("HEAD", ["projects"]) => HeadAsync(http, account),
        ("GET", ["projects"]) => ListAsync(http, account),
        ("POST", ["projects"]) => CreateAsync(http, account),
        ("GET", ["projects", var name]) => ShowAsync(http, name, account),
        ("GET", ["projects", var name, "repositories"]) => _artifacts.ListRepositoriesAsync(http, name, account),
        // Encoded once, a slash parts the path before the router sees it, as behind nginx.
        ("GET", ["projects", var name, "repositories", var repository, "artifacts"]) when !IsEncodedOnce(http) =>
            _artifacts.ListAsync(http, name, Uri.UnescapeDataString(repository), account),
        ("GET", ["quotas"]) => HarborQuotas.ListAsync(http, harbor.Projects, account),
        ("POST", ["robots"]) => CreateRobotAsync(http, account),
        _ => HarborReply.ErrorAsync(http, 404, "NOT_FOUND", $"path {http.Request.Path} was not found"),
    };

    private object SystemInfo(HarborAccount? account)
    {
        var version = harbor.Version == HarborVersion.V29 ? "v2.9.5" : "v2.15.2";
        return account is null
            ? new { auth_mode = "db_auth", harbor_version = version }
            : new { auth_mode = "db_auth", harbor_version = version, registry_url = harbor.Host, read_only = harbor.IsReadOnly };
    }

    private static Task CurrentUserAsync(HttpContext http, HarborAccount? account) => account switch
    {
        null => UnauthorizedAsync(http),
        { IsRobot: true } => HarborReply.ErrorAsync(http, 412, "PRECONDITION", "get current user not available for security context: robot"),
        _ => HarborReply.JsonAsync(http, 200, new { username = account.Name, sysadmin_flag = account.IsAdmin }),
    };

    private Task HeadAsync(HttpContext http, HarborAccount? account) => account is null ? UnauthorizedAsync(http)
        : HarborReply.TextAsync(http, harbor.Projects.Find(http.Request.Query["project_name"].ToString()) is null ? 404 : 200);

    private Task ShowAsync(HttpContext http, string name, HarborAccount? account)
    {
        if (account is null)
            return UnauthorizedAsync(http);
        if (harbor.Projects.Find(name) is not { } project)
            return HarborReply.ErrorAsync(http, 404, "NOT_FOUND", $"project {name} not found");
        return harbor.Projects.RightsOf(account, project).Contains("pull")
            ? HarborReply.JsonAsync(http, 200, Describe(project))
            : HarborReply.ErrorAsync(http, 403, "FORBIDDEN", "forbidden");
    }

    private Task ListAsync(HttpContext http, HarborAccount? account) => HarborPage.AnswerAsync(http,
        harbor.Projects.All.Where(project => harbor.Projects.RightsOf(account, project).Contains("pull")).ToList(), Describe);

    private static bool IsEncodedOnce(HttpContext http) =>
        http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0].Contains("%2F", StringComparison.OrdinalIgnoreCase);

    private async Task CreateAsync(HttpContext http, HarborAccount? account)
    {
        if (await ReadAsync(http) is not { } body || !body.TryGetProperty("project_name", out var field) || field.GetString() is not { Length: > 0 and <= 255 } name)
        {
            await HarborReply.ErrorAsync(http, 422, "UNPROCESSABLE_ENTITY", "project_name in body should be at most 255 chars long");
            return;
        }
        if (RefuseToCreate(account) is var (status, code, message))
            await HarborReply.ErrorAsync(http, status, code, message);
        else if (!ProjectName().IsMatch(name))
            await HarborReply.ErrorAsync(http, 400, "BAD_REQUEST", "project name is not in lower case or contains illegal characters");
        else if (harbor.Projects.TryAdd(name) is not { } project)
            await HarborReply.ErrorAsync(http, 409, "CONFLICT", $"The project named {name} already exists");
        else
        {
            Set(project, body, account!);
            http.Response.Headers.Location = "/api/v2.0/projects/" + (http.Request.Headers["X-Resource-Name-In-Location"] == "true" ? name : project.Id);
            http.Response.StatusCode = 201;
        }
    }

    private (int Status, string Code, string Message)? RefuseToCreate(HarborAccount? account) => account switch
    {
        null => (401, "UNAUTHORIZED", "unauthorized"),
        { Project: not null } => (403, "FORBIDDEN", "Only system level robot can create project"),
        { IsAdmin: false } when options.OnlyAdminsCreateProjects => (403, "FORBIDDEN", "Only system admin can create project"),
        _ => null,
    };

    private static void Set(HarborProject project, JsonElement body, HarborAccount account)
    {
        project.IsPublic = body.TryGetProperty("metadata", out var metadata) && metadata.TryGetProperty("public", out var visible) && visible.GetString() == "true";
        if (account.IsAdmin && body.TryGetProperty("storage_limit", out var limit))
            project.StorageLimit = limit.GetInt64();
        if (!account.IsRobot)
            project.Members[account.Name] = HarborRole.Maintainer;
    }

    private async Task CreateRobotAsync(HttpContext http, HarborAccount? account)
    {
        if (account is not { IsAdmin: true })
            await (account is null ? UnauthorizedAsync(http) : HarborReply.ErrorAsync(http, 403, "FORBIDDEN", "forbidden"));
        else if (await ReadAsync(http) is not { } body)
            await HarborReply.ErrorAsync(http, 422, "UNPROCESSABLE_ENTITY", "unsupported media type");
        else
        {
            var project = body.GetProperty("level").GetString() == "project" ? body.GetProperty("permissions")[0].GetProperty("namespace").GetString() : null;
            var name = $"robot${(project is null ? "" : project + "+")}{body.GetProperty("name").GetString()}";
            var robot = new HarborAccount(name, Guid.NewGuid().ToString("N")) { IsRobot = true, Project = project };
            await (harbor.Accounts.TryAdd(robot)
                ? HarborReply.JsonAsync(http, 201, new { name, secret = robot.Secret })
                : HarborReply.ErrorAsync(http, 409, "CONFLICT", $"robot account {name} already exists"));
        }
    }

    private static object Describe(HarborProject project) => new { project_id = project.Id, name = project.Name, metadata = new { @public = project.IsPublic ? "true" : "false" } };

    private static Task UnauthorizedAsync(HttpContext http) => HarborReply.ErrorAsync(http, 401, "UNAUTHORIZED", "unauthorized");

    private static async Task<JsonElement?> ReadAsync(HttpContext http)
    {
        if (http.Request.ContentType?.StartsWith("application/json", StringComparison.Ordinal) != true)
            return null;
        try
        {
            using var document = await JsonDocument.ParseAsync(http.Request.Body);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"\A[a-z0-9]+(?:[._-][a-z0-9]+)*\z")]
    private static partial Regex ProjectName();
}
