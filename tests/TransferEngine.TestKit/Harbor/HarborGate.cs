using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using TransferEngine.Images;

namespace TransferEngine.TestKit.Harbor;

/// <summary>
/// Who may do what below <c>/v2</c>. Without an Authorization header there is a Bearer challenge; one that fails, of whatever kind,
/// gets a Basic challenge; a project that does not exist gets an empty one.
/// </summary>
internal sealed class HarborGate(HarborDouble harbor, HarborTokens tokens)
{
    // A token older than the project it is used for was made out for its predecessor.
    private static readonly TimeSpan Predecessor = TimeSpan.FromSeconds(60);

    private sealed record Need(string Repository, string Action)
    {
        public string Project => Repository.Split('/')[0];
    }

    /// <summary>True if the request may go on; else it has been answered.</summary>
    public async Task<bool> AdmitAsync(HttpContext http, HarborRoute route, AuthenticationHeaderValue? authorization)
    {
        var method = http.Request.Method;
        switch (route.Resource)
        {
            case HarborResource.Unknown:
                await HarborReply.ErrorAsync(http, 404, "NOT_FOUND", "page not found");
                return false;
            case HarborResource.Base or HarborResource.Catalog:
                return await AdmitToBaseAsync(http, route, authorization);
        }
        if (!RepositoryName.TryParse(route.Repository, out _))
        {
            await (route.Repository.Length > RepositoryName.MaxLength
                ? HarborReply.ErrorAsync(http, 500, "UNKNOWN", "unknown: unknown error")
                : HarborReply.ErrorAsync(http, 401, "UNAUTHORIZED", $"un-recognized request: {method} {http.Request.Path}"));
            return false;
        }
        var from = route.Resource == HarborResource.Uploads && http.Request.Query.ContainsKey("mount") ? http.Request.Query["from"].ToString() : "";
        if (!route.Repository.Contains('/', StringComparison.Ordinal) || (from.Length > 0 && !from.Contains('/', StringComparison.Ordinal)))
        {
            await HarborReply.ErrorAsync(http, 400, "BAD_REQUEST", "invalid repository name");
            return false;
        }
        List<Need> needs = [new(route.Repository, method is "GET" or "HEAD" ? "pull" : method == "DELETE" ? "delete" : "push")];
        if (from.Length > 0)
            needs.Add(new Need(from, "pull"));
        return await AdmitAsync(http, needs, authorization);
    }

    private async Task<bool> AdmitToBaseAsync(HttpContext http, HarborRoute route, AuthenticationHeaderValue? authorization)
    {
        if (authorization is null)
        {
            await ChallengeBearerAsync(http, []);
            return false;
        }
        var account = harbor.Accounts.Find(authorization);
        var isAdmitted = route.Resource == HarborResource.Catalog ? account is { IsAdmin: true }
            : account is not null || (authorization.Scheme == "Bearer" && tokens.Find(authorization) is not null);
        if (!isAdmitted)
            await ChallengeBasicAsync(http, "unauthorized");
        return isAdmitted;
    }

    private async Task<bool> AdmitAsync(HttpContext http, List<Need> needs, AuthenticationHeaderValue? authorization)
    {
        var account = harbor.Accounts.Find(authorization);
        var token = authorization is { Scheme: "Bearer" } ? tokens.Find(authorization) : null;
        var isKnown = account is not null || token is not null;
        if (authorization is not null && !isKnown)
        {
            await ChallengeBasicAsync(http, Words(needs[0]));
            return false;
        }
        foreach (var need in needs)
        {
            var isRead = need == needs[0] && need.Action == "pull";
            if (harbor.Projects.Find(need.Project) is not { } project)
            {
                if (isRead && authorization is null)
                    await ChallengeBearerAsync(http, needs);
                else if (token is not null && need != needs[0] && harbor.Version == HarborVersion.V215)
                    await ChallengeBasicAsync(http, Words(need));
                else
                    await RefuseMissingAsync(http, need.Project);
                return false;
            }
            if (MayDo(project, need.Action, account, token))
                continue;
            await (authorization is null ? ChallengeBearerAsync(http, needs) : ChallengeBasicAsync(http, Words(need)));
            return false;
        }
        return true;
    }

    private bool MayDo(HarborProject project, string action, HarborAccount? account, HarborToken? token)
    {
        if (token is null)
            return harbor.Projects.RightsOf(account, project).Contains(action);
        var isPredecessors = harbor.Version == HarborVersion.V215 && token.Issued + Predecessor < project.Created;
        return !isPredecessors && ((token.Rights.TryGetValue(project.Name, out var rights) && rights.Contains(action)) || (project.IsPublic && action == "pull"));
    }

    private Task ChallengeBearerAsync(HttpContext http, List<Need> needs)
    {
        // Before 2.14 the external URL of the configuration, later the host that the client asked.
        var host = harbor.Version == HarborVersion.V29 ? harbor.Host : http.Request.Host.Value;
        var scope = string.Join(' ', needs.Select(need => $"repository:{need.Repository}:{(need.Action == "push" ? "pull,push" : need.Action)}"));
        http.Response.Headers.WWWAuthenticate = $"Bearer realm=\"http://{host}/service/token\",service=\"{HarborDouble.Service}\"{(scope.Length > 0 ? $",scope=\"{scope}\"" : "")}";
        return HarborReply.ErrorAsync(http, 401, "UNAUTHORIZED", needs.Count == 0 ? "unauthorized" : Words(needs[0]));
    }

    private static Task ChallengeBasicAsync(HttpContext http, string words)
    {
        http.Response.Headers.WWWAuthenticate = "Basic realm=\"harbor\"";
        return HarborReply.ErrorAsync(http, 401, "UNAUTHORIZED", words);
    }

    private static Task RefuseMissingAsync(HttpContext http, string project)
    {
        http.Response.Headers.WWWAuthenticate = "";
        return HarborReply.ErrorAsync(http, 401, "UNAUTHORIZED", $"project {project} not found: project {project} not found");
    }

    private static string Words(Need need)
    {
        var once = $"unauthorized to access repository: {need.Repository}, action: {need.Action}";
        return $"{once}: {once}";
    }
}
