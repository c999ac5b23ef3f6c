using Microsoft.AspNetCore.Http;
using TransferEngine.Images;

namespace TransferEngine.TestKit.Harbor;

/// <summary>The lists of a project's repositories and of a repository's artifacts.</summary>
internal sealed class HarborArtifacts(HarborDouble harbor)
{
    public Task ListRepositoriesAsync(HttpContext http, string projectName, HarborAccount? account)
    {
        if (harbor.Projects.Find(projectName) is not { } project)
            return HarborReply.ErrorAsync(http, 404, "NOT_FOUND", $"project {projectName} not found");
        if (!harbor.Projects.MayList(account, project))
            return HarborReply.RefuseAsync(http, account);
        // Newest first in Harbor: in no order that a client could count on.
        var repositories = harbor.View.ListRepositories().Select(repository => repository.ToString())
            .Where(name => name.StartsWith(projectName + "/", StringComparison.Ordinal)).OrderDescending(StringComparer.Ordinal).ToList();
        return HarborPage.AnswerAsync(http, repositories, name => new { name, project_id = project.Id });
    }

    /// <summary>
    /// Artifacts with a tag, and those without one that no index names. Accessories are not among them, but inside their subject, by
    /// digest and type alone, if asked for.
    /// </summary>
    /// <param name="http">The request.</param>
    /// <param name="projectName">The project.</param>
    /// <param name="name">The repository below it, whose slashes must have come encoded twice.</param>
    /// <param name="account">Who asks.</param>
    public Task ListAsync(HttpContext http, string projectName, string name, HarborAccount? account)
    {
        if (harbor.Projects.Find(projectName) is not { } project)
            return HarborReply.ErrorAsync(http, 404, "NOT_FOUND", $"project {projectName} not found");
        if (!harbor.Projects.MayListArtifacts(account, project))
            return HarborReply.RefuseAsync(http, account);
        if (!RepositoryName.TryParse($"{projectName}/{name}", out var repository) || !harbor.View.HasRepository(repository))
            return HarborReply.ErrorAsync(http, 404, "NOT_FOUND", $"repository {projectName}/{name} not found");
        var tags = (harbor.View.ListTags(repository) ?? []).ToLookup(tag => harbor.View.FindTag(repository, tag)!.Value);
        var accessories = HarborAccessories.Of(harbor.View, repository);
        var hidden = accessories.Select(accessory => accessory.Manifest.Digest).ToHashSet();
        var revisions = harbor.View.ListRevisions(repository).ToList();
        var children = revisions.SelectMany(digest => HarborAccessories.Read(harbor.View, repository, digest)?.Children ?? [])
            .Select(child => child.Digest).ToHashSet();
        var artifacts = revisions.Where(digest => !hidden.Contains(digest) && (tags.Contains(digest) || !children.Contains(digest))).Order().ToList();
        var bySubject = accessories.ToLookup(accessory => accessory.Subject);
        var (withTag, withAccessory) = (http.Request.Query["with_tag"] != "false", http.Request.Query["with_accessory"] == "true");
        return HarborPage.AnswerAsync(http, artifacts, digest => new
        {
            digest = digest.ToString(),
            tags = withTag && tags.Contains(digest) ? tags[digest].Select(tag => new { name = tag.ToString() }).ToArray() : null,
            accessories = withAccessory ? bySubject[digest].Select(Describe).ToArray() : null,
        });
    }

    private static object Describe(HarborAccessory accessory) =>
        new { digest = accessory.Manifest.Digest.ToString(), type = accessory.Type, subject_artifact_digest = accessory.Subject.ToString() };
}
