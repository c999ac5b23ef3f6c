using System.Text;
using System.Text.Json;
using TransferEngine.Images;
using TransferEngine.TestKit.Harbor;

namespace TransferEngine.Registry.Tests.Harbor;

/// <summary>The double's lists of repositories, artifacts and quotas: who sees them, what they hide, how they are paged.</summary>
public sealed class HarborDoubleListTests : HarborDoubleTest
{
    private const string Artifacts = "/api/v2.0/projects/p1/repositories/a/artifacts?with_tag=true";

    [Fact]
    public async Task Signatures_and_all_that_has_a_subject_are_inside_their_subject_and_other_tags_of_cosign_are_artifacts()
    {
        var subject = await PushAsync("v1", "{}");
        var hex = subject.ToString()["sha256:".Length..];
        var signature = await PushAsync($"sha256-{hex}.sig", """{"is":"signature"}""", layerType: "application/vnd.dev.cosign.simplesigning.v1+json");
        var referrer = await PushAsync("sbom", """{"is":"sbom"}""", subject: subject);
        await PushAsync($"sha256-{hex}.att", """{"is":"attestation"}""");
        await PushAsync($"sha256-{hex}.sbom", """{"is":"bom"}""");
        await PushAsync("sha256-" + new string('0', 64) + ".sig", """{"is":"no signature"}""");

        var listed = await ListAsync(Artifacts + "&with_accessory=true");
        Assert.Equal(["sha256-" + new string('0', 64) + ".sig", $"sha256-{hex}.att", $"sha256-{hex}.sbom", "v1"], Tags(listed).Order(StringComparer.Ordinal));
        var accessories = listed.Single(artifact => artifact.GetProperty("digest").GetString() == subject.ToString())
            .GetProperty("accessories").EnumerateArray().ToList();
        Assert.Equal(new[] { (signature.ToString(), "signature.cosign"), (referrer.ToString(), "subject.accessory") }.Order(),
            accessories.Select(one => (one.GetProperty("digest").GetString()!, one.GetProperty("type").GetString()!)).Order());
        Assert.All(accessories, accessory => Assert.False(accessory.TryGetProperty("tags", out _)));
        Assert.All(await ListAsync(Artifacts), artifact => Assert.Equal(JsonValueKind.Null, artifact.GetProperty("accessories").ValueKind));

        using var tags = await SendAsync("GET", "/v2/p1/a/tags/list");
        Assert.Contains($"sha256-{hex}.sig", await tags.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var manifest = await SendAsync("HEAD", "/v2/p1/a/manifests/sbom", Admin, null, ("Accept", MediaType.AcceptManifests));
        Assert.Equal(referrer.ToString(), manifest.Headers.GetValues("Docker-Content-Digest").Single());
    }

    [Fact]
    public async Task Children_of_an_index_are_artifacts_only_with_a_tag_of_their_own()
    {
        var (first, second) = (await PushAsync("child", "{}"), await PushAsync("x", """{"n":2}"""));
        await PushAsync("x", """{"n":3}""");
        await PutIndexAsync("list", first, second);
        var listed = await ListAsync(Artifacts);
        Assert.Equal(["child", "list", "x"], Tags(listed).Order());
        Assert.DoesNotContain(listed, artifact => artifact.GetProperty("digest").GetString() == second.ToString());
    }

    [Fact]
    public async Task A_repository_below_another_is_named_with_its_slashes_encoded_twice_in_the_link_too()
    {
        for (var i = 0; i < 3; i++)
            await PushAsync($"v{i}", $$"""{"n":{{i}}}""", "p1/deep/er");
        using var page = await SendAsync("GET", "/api/v2.0/projects/p1/repositories/deep%252Fer/artifacts?page_size=2&with_tag=true");
        Assert.Equal("</api/v2.0/projects/p1/repositories/deep%252Fer/artifacts?page=2&page_size=2&with_tag=true>; rel=\"next\"",
            page.Headers.GetValues("Link").Single());
        Assert.Equal(2, JsonDocument.Parse(await page.Content.ReadAsStringAsync()).RootElement.GetArrayLength());
        await ExpectAsync(await SendAsync("GET", "/api/v2.0/projects/p1/repositories/deep%2Fer/artifacts"), 404, "NOT_FOUND", "");
    }

    [Fact]
    public async Task Repositories_are_listed_page_by_page_to_whoever_may_list()
    {
        foreach (var name in new[] { "a", "b", "deep/er" })
            await PushBlobAndManifestAsync("p1/" + name);
        Harbor.Projects.Add("p10");
        await PushBlobAndManifestAsync("p10/other");
        Harbor.Accounts.Add(new HarborAccount("guest", "s"));
        Harbor.Projects.Find("p1")!.Members["guest"] = HarborRole.Guest;
        Harbor.Accounts.Add(new HarborAccount("robot$p1+list", "s") { IsRobot = true, Project = "p1" });
        Harbor.Accounts.Add(new HarborAccount("robot$p1+pull", "s") { IsRobot = true, Project = "p1", MayNotList = true, MayNotPush = true });
        const string repositories = "/api/v2.0/projects/p1/repositories";
        foreach (var user in new[] { Admin, Basic("guest", "s"), Basic("robot$p1+list", "s") })
            Assert.Equal(["p1/a", "p1/b", "p1/deep/er"], (await ListAsync(repositories, user)).Select(one => one.GetProperty("name").GetString()!).Order());
        using var second = await SendAsync("GET", repositories + "?page_size=2&page=2");
        Assert.Equal(("3", $"<{repositories}?page=1&page_size=2>; rel=\"prev\""),
            (second.Headers.GetValues("X-Total-Count").Single(), second.Headers.GetValues("Link").Single()));

        await ExpectAsync(await SendAsync("GET", repositories, Basic("robot$p1+pull", "s")), 403, "FORBIDDEN", "");
        await ExpectAsync(await SendAsync("GET", "/api/v2.0/projects/p10/repositories", Basic("guest", "s")), 403, "FORBIDDEN", "");
        await ExpectAsync(await SendAsync("GET", repositories, authorization: null), 401, "UNAUTHORIZED", "");
        await ExpectAsync(await SendAsync("GET", "/api/v2.0/projects/nope/repositories"), 404, "NOT_FOUND", "project nope not found");
        Assert.Empty(await ListAsync("/api/v2.0/projects/library/repositories", authorization: null));
    }

    [Fact]
    public async Task A_projects_robot_lists_no_artifacts_and_one_that_only_pulls_has_all_that_it_can_name()
    {
        await PushAsync("v1", "{}");
        Harbor.Accounts.Add(new HarborAccount("robot$p1+list", "s") { IsRobot = true, Project = "p1" });
        Harbor.Accounts.Add(new HarborAccount("robot$p1+pull", "s") { IsRobot = true, Project = "p1", MayNotList = true, MayNotPush = true });
        await ExpectAsync(await SendAsync("GET", Artifacts, Basic("robot$p1+list", "s")), 403, "FORBIDDEN", "");
        var token = await TokenAsync("repository:p1/a:pull", Basic("robot$p1+pull", "s"));
        using var manifest = await SendAsync("GET", "/v2/p1/a/manifests/v1", token, null, ("Accept", MediaType.AcceptManifests));
        using var tags = await SendAsync("GET", "/v2/p1/a/tags/list", token);
        using var push = await SendAsync("POST", "/v2/p1/a/blobs/uploads/", token);
        Assert.Equal((200, 200, 401), ((int)manifest.StatusCode, (int)tags.StatusCode, (int)push.StatusCode));
        var projects = await ListAsync("/api/v2.0/projects", Basic("robot$p1+pull", "s"));
        Assert.Equal(["library", "p1"], projects.Select(one => one.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task A_robot_with_permissions_on_the_system_has_none_on_projects()
    {
        Harbor.Accounts.Add(new HarborAccount("robot$both", "s") { IsRobot = true, HasSystemPermissions = true });
        using var push = await SendAsync("POST", "/v2/p1/a/blobs/uploads/", Basic("robot$both", "s"));
        Assert.Equal(401, (int)push.StatusCode);
    }

    [Fact]
    public async Task Quotas_tell_administrators_what_is_used_and_what_is_allowed()
    {
        Harbor.Projects.Find("p1")!.StorageLimit = 10_000;
        await PushBlobAsync(new byte[4000]);
        var quota = (await ListAsync("/api/v2.0/quotas?reference=project")).Single(one => one.GetProperty("ref").GetProperty("name").GetString() == "p1");
        Assert.Equal((10_000, 4000),
            (quota.GetProperty("hard").GetProperty("storage").GetInt64(), quota.GetProperty("used").GetProperty("storage").GetInt64()));
        Assert.Single(await ListAsync($"/api/v2.0/quotas?reference=project&reference_id={Harbor.Projects.Find("p1")!.Id}"));
        Harbor.Accounts.Add(new HarborAccount("robot$mig", "s") { IsRobot = true });
        await ExpectAsync(await SendAsync("GET", "/api/v2.0/quotas?reference=project", Basic("robot$mig", "s")), 403, "FORBIDDEN", "");
    }

    [Fact]
    public async Task The_catalog_is_for_an_administrators_password_alone()
    {
        await PushBlobAndManifestAsync("p1/a");
        using var basic = await SendAsync("GET", "/v2/_catalog");
        Assert.Contains("p1/a", await basic.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Harbor.Accounts.Add(new HarborAccount("robot$mig", "s") { IsRobot = true });
        foreach (var authorization in new[] { Basic("robot$mig", "s"), await TokenAsync("registry:catalog:*") })
        {
            using var refused = await SendAsync("GET", "/v2/_catalog", authorization);
            Assert.Equal((401, "Basic realm=\"harbor\""), ((int)refused.StatusCode, Challenge(refused)));
        }
    }

    [Fact]
    public async Task The_tags_of_a_name_without_a_project_are_a_bad_request()
    {
        await ExpectAsync(await SendAsync("GET", "/v2/p1/tags/list"), 400, "BAD_REQUEST", "invalid repository name");
        await ExpectAsync(await SendAsync("GET", "/v2/p1/tags/list", authorization: null), 400, "BAD_REQUEST", "invalid repository name");
    }

    private async Task<List<JsonElement>> ListAsync(string target, string? authorization = Admin)
    {
        using var answer = await SendAsync("GET", target, authorization);
        Assert.True((int)answer.StatusCode == 200, $"{(int)answer.StatusCode} {target}");
        return [.. JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.EnumerateArray()];
    }

    private static IEnumerable<string> Tags(IEnumerable<JsonElement> artifacts) => artifacts
        .Select(artifact => artifact.GetProperty("tags")).Where(tags => tags.ValueKind == JsonValueKind.Array)
        .SelectMany(tags => tags.EnumerateArray().Select(tag => tag.GetProperty("name").GetString()!));

    private async Task PushBlobAndManifestAsync(string repository)
    {
        using var put = await PutManifestAsync(repository, "v1", await ManifestAsync(repository));
        Assert.Equal(201, (int)put.StatusCode);
    }

    private async Task<Digest> PushAsync(string tag, string config, string repository = "p1/a", string? layerType = null, Digest? subject = null)
    {
        var manifest = Encoding.UTF8.GetString(await ManifestAsync(repository, config));
        if (layerType is not null)
            manifest = manifest.Replace("\"layers\":[]", $$"""
                "layers":[{"mediaType":"{{layerType}}","digest":"{{await PushBlobAsync(Encoding.UTF8.GetBytes(tag), repository)}}","size":{{tag.Length}}}]
                """, StringComparison.Ordinal);
        if (subject is { } digest)
            manifest = manifest[..^1] + $$""","subject":{"mediaType":"{{MediaType.OciManifest}}","digest":"{{digest}}","size":1}""" + "}";
        using var put = await PutManifestAsync(repository, tag, Encoding.UTF8.GetBytes(manifest));
        Assert.Equal(201, (int)put.StatusCode);
        return Digest.OfSha256(Encoding.UTF8.GetBytes(manifest));
    }

    private async Task PutIndexAsync(string tag, params Digest[] children)
    {
        var entries = children.Select(child => $$"""{"mediaType":"{{MediaType.OciManifest}}","digest":"{{child}}","size":1}""");
        var index = $$"""{"schemaVersion":2,"mediaType":"{{MediaType.OciIndex}}","manifests":[{{string.Join(',', entries)}}]}""";
        using var put = await PutManifestAsync("p1/a", tag, Encoding.UTF8.GetBytes(index), MediaType.OciIndex);
        Assert.Equal(201, (int)put.StatusCode);
    }
}
