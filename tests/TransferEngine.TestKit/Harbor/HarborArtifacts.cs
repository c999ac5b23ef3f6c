using System.Globalization;
using Microsoft.AspNetCore.Http;
using TransferEngine.Images;

namespace TransferEngine.TestKit.Harbor;

/// <summary>The list of a repository's artifacts. Not observed like the rest: written from Harbor's published description of its API.</summary>
internal sealed class HarborArtifacts(HarborDouble harbor)
{
    public Task ListAsync(HttpContext http, string projectName, string name, HarborAccount? account)
    {
        if (account is null)
            return HarborReply.ErrorAsync(http, 401, "UNAUTHORIZED", "unauthorized");
        if (harbor.Projects.Find(projectName) is not { } project)
            return HarborReply.ErrorAsync(http, 404, "NOT_FOUND", $"project {projectName} not found");
        if (account.MayNotList || !harbor.Projects.RightsOf(account, project).Contains("pull"))
            return HarborReply.ErrorAsync(http, 403, "FORBIDDEN", "forbidden");
        if (!RepositoryName.TryParse($"{projectName}/{name}", out var repository) || !harbor.View.HasRepository(repository))
            return HarborReply.ErrorAsync(http, 404, "NOT_FOUND", $"repository {projectName}/{name} not found");
        var tags = (harbor.View.ListTags(repository) ?? []).ToLookup(tag => harbor.View.FindTag(repository, tag));
        var all = harbor.View.ListRevisions(repository).Order().ToList();
        var (page, size) = (Number(http, "page", 1), Number(http, "page_size", 10));
        http.Response.Headers["X-Total-Count"] = all.Count.ToString(CultureInfo.InvariantCulture);
        return HarborReply.JsonAsync(http, 200, all.Skip((page - 1) * size).Take(size).Select(digest => new
        {
            digest = digest.ToString(),
            tags = tags.Contains(digest) ? tags[digest].Select(tag => new { name = tag.ToString() }).ToArray() : null,
        }));
    }

    private static int Number(HttpContext http, string key, int otherwise) => int.TryParse(http.Request.Query[key], CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
