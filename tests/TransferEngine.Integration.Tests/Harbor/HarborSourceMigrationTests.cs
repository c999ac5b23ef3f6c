using System.Net;
using System.Text;
using TransferEngine.Images;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Harbor;
using TransferEngine.TestKit.Registries;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Integration.Tests.Harbor;

/// <summary>The program moves images out of doubles of Harbor, for each kind of account, with all that belongs to them.</summary>
public sealed class HarborSourceMigrationTests : IDisposable
{
    private const string Secret = "the-secret-of-all";

    private readonly TemporaryFolder _folder = new(inMemory: true);
    private readonly HarborImages _images;

    public HarborSourceMigrationTests() => _images = new HarborImages(_folder.Of("source"));

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(HarborVersion.V29, "admin", "harbor")]
    [InlineData(HarborVersion.V29, "dev", "docker")]
    [InlineData(HarborVersion.V29, "robot$team+ci", "harbor")]
    [InlineData(HarborVersion.V215, "admin", "docker")]
    [InlineData(HarborVersion.V215, "dev", "harbor")]
    [InlineData(HarborVersion.V215, "robot$team+ci", "docker")]
    public async Task All_that_the_user_sees_arrives_at_a_registry_and_verify_says_the_same(HarborVersion version, string user, string scheme)
    {
        await using var harbor = await StartAsync("source", version);
        await using var registry = await DockerRegistry.StartAsync(_folder.Of("target"));
        var (source, target) = ($"{scheme}://{harbor.Host}", $"docker://{registry.Host}");
        var migrated = await RunAsync("migrate", source, target, user, "--state-dir", _folder.Of("state"));
        Assert.True(migrated.ExitCode == 0, migrated.ToString());
        foreach (var (repository, reference, digest) in Visible(user))
            Assert.Equal(digest.ToString(), await DigestAsync(registry.Host, repository, reference));
        Assert.Equal(user != "admin", (migrated.Output + migrated.Errors).Contains("nothing of them was seen", StringComparison.Ordinal));

        var verified = migrated.Verification!;
        verified.AssertExit(0);
        var again = await RunAsync("migrate", source, target, user, "--state-dir", _folder.Of("state"));
        Assert.True(again.ExitCode == 0, again.ToString());
        Assert.DoesNotContain(Secret, string.Concat(migrated, verified, again), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HarborVersion.V29, HarborVersion.V215, "admin")]
    [InlineData(HarborVersion.V215, HarborVersion.V29, "dev")]
    [InlineData(HarborVersion.V29, HarborVersion.V29, "robot$team+ci")]
    public async Task All_that_the_user_sees_arrives_at_another_Harbor_in_the_projects_of_the_same_names(HarborVersion from, HarborVersion to, string user)
    {
        await using var harbor = await StartAsync("source", from);
        await using var target = await StartAsync("target", to, projects: false);
        var (source, address) = ($"harbor://{harbor.Host}", $"harbor://{target.Host}");
        var migrated = await RunAsync("migrate", source, address, user, "--dest-creds", $"admin:{Secret}", "--state-dir", _folder.Of("state"));
        Assert.True(migrated.ExitCode == 0, migrated.ToString());
        foreach (var (repository, reference, digest) in Visible(user))
            Assert.Equal(digest, Find(target, repository, reference));
        migrated.Verification!.AssertExit(0);
    }

    [Theory]
    [InlineData(HarborVersion.V29, "admin")]
    [InlineData(HarborVersion.V215, "dev")]
    public async Task From_project_to_project_of_one_Harbor_no_blob_is_read_or_sent(HarborVersion version, string user)
    {
        await using var harbor = await StartAsync("source", version);
        var migrated = await RunAsync("migrate", $"harbor://{harbor.Host}/team", $"harbor://{harbor.Host}/released", user, "--dest-creds", $"admin:{Secret}", "--state-dir", _folder.Of("state"));
        Assert.True(migrated.ExitCode == 0, migrated.ToString());
        Assert.Contains("0 uploaded (0 B)", migrated.Output, StringComparison.Ordinal);
        Assert.All(_images.Of(HarborImages.Team), image => Assert.Equal(image.Digest, Find(harbor, $"released/{image.Repository}", image.Reference)));
        Assert.DoesNotContain(harbor.Requests, request => request.Method == "GET" && request.Path.Contains("/blobs/", StringComparison.Ordinal));
        migrated.Verification!.AssertExit(0);
    }

    [Fact]
    public async Task A_list_holds_what_the_user_sees_and_says_that_there_may_be_more()
    {
        await using var harbor = await StartAsync("source", HarborVersion.V29);
        var listed = await TransferProgram.RunAsync("list", $"docker://{harbor.Host}", "--src-creds", $"dev:{Secret}");
        Assert.True(listed.ExitCode == 0, listed.ToString());
        Assert.Equal(Visible("dev").Where(image => !image.Reference.Contains(':', StringComparison.Ordinal)).Select(image => $"{image.Repository}:{image.Reference}").Order(),
            listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
        Assert.Contains("nothing of them was seen", listed.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Into_a_project_goes_what_its_robot_may_push_and_it_can_be_verified_without_a_list()
    {
        await using var harbor = await StartAsync("source", HarborVersion.V215);
        await using var target = await StartAsync("target", HarborVersion.V29);
        var robot = $"robot$team+ci:{Secret}";
        var (source, address) = ($"docker://{harbor.Host}/team", $"docker://{target.Host}");
        var migrated = await RunAsync("migrate", source, address, "dev", "--dest-creds", robot, "--state-dir", _folder.Of("state"));
        Assert.True(migrated.ExitCode == 0, migrated.ToString());
        migrated.Verification!.AssertExit(0);
        Assert.All(_images.Of(HarborImages.Team), image => Assert.Equal(image.Digest, Find(target, image.Repository, image.Reference)));
    }

    [Fact]
    public async Task A_robot_that_only_pulls_is_shown_the_way_by_a_list_and_goes_it()
    {
        await using var harbor = await StartAsync("source", HarborVersion.V215);
        await using var registry = await DockerRegistry.StartAsync(_folder.Of("target"));
        const string user = "robot$team+pull";
        var (source, target) = ($"harbor://{harbor.Host}/team", $"docker://{registry.Host}");
        var refused = await RunAsync("migrate", source, target, user, "--state-dir", _folder.Of("state"));
        Assert.True(refused.ExitCode == 3, refused.ToString());
        Assert.Contains("--images", refused.Errors, StringComparison.Ordinal);

        await File.WriteAllLinesAsync(_folder.Of("list"), ["team/app:1.0", "team/deep/er/tool"]);
        var migrated = await RunAsync("migrate", source, target, user, "--images", _folder.Of("list"), "--state-dir", _folder.Of("state"));
        Assert.True(migrated.ExitCode == 0, migrated.ToString());
        foreach (var (repository, reference, digest) in _images.Of(HarborImages.Team))
            Assert.Equal(digest.ToString(), await DigestAsync(registry.Host, repository, reference));
    }

    [Fact]
    public async Task A_manifest_that_Harbor_refuses_fails_its_own_image_in_Harbors_words()
    {
        var tree = new StorageTreeBuilder(_folder.Of("cache"));
        tree.AddImage("team/app", "1.0", "a base");
        var layer = tree.AddBlob("a cached layer"u8);
        tree.LinkLayer("team/app", layer.Digest);
        var entry = $$"""{"mediaType":"{{MediaType.OciLayerGzip}}","digest":"{{layer.Digest}}","size":{{layer.Size}}}""";
        var index = $$"""{"schemaVersion":2,"mediaType":"{{MediaType.OciIndex}}","manifests":[{{entry}}]}""";
        tree.AddManifest("team/app", "cache", Encoding.UTF8.GetBytes(index));
        await using var target = await StartAsync("target", HarborVersion.V29);
        var result = await RunAsync("migrate", _folder.Of("cache"), $"harbor://{target.Host}", "admin",
            "--dest-creds", $"admin:{Secret}", "--state-dir", _folder.Of("state"));
        Assert.True(result.ExitCode == 1, result.ToString());
        var failure = Assert.Single((result.Output + result.Errors).Split('\n'), line => line.Contains("TARGET_REJECTED", StringComparison.Ordinal));
        Assert.Contains("team/app:cache", failure, StringComparison.Ordinal);
        Assert.Contains($"artifact team/app@{layer.Digest} not found", failure, StringComparison.Ordinal);
        Assert.NotNull(Find(target, "team/app", "1.0"));
    }

    private IReadOnlyList<(string Repository, string Reference, Digest Digest)> Visible(string user) => user == "admin"
        ? _images.Of(HarborImages.Public, HarborImages.Team, HarborImages.Others)
        : _images.Of(HarborImages.Public, HarborImages.Team);

    private async Task<HarborDouble> StartAsync(string folder, HarborVersion version, bool projects = true)
    {
        var harbor = await HarborDouble.StartAsync(_folder.Of(folder), new HarborDoubleOptions { Version = version, AdminPassword = Secret });
        if (!projects)
            return harbor;
        harbor.Projects.Add(HarborImages.Others);
        harbor.Projects.Add(HarborImages.Team).Members["dev"] = HarborRole.Guest;
        harbor.Accounts.Add(new HarborAccount("dev", Secret));
        harbor.Accounts.Add(new HarborAccount("robot$team+ci", Secret) { IsRobot = true, Project = HarborImages.Team });
        harbor.Accounts.Add(new HarborAccount("robot$team+pull", Secret) { IsRobot = true, Project = HarborImages.Team, MayNotList = true, MayNotPush = true });
        return harbor;
    }

    private static Task<ProgramResult> RunAsync(string command, string source, string target, string user, params string[] further) =>
        TransferProgram.RunAsync([command, source, target, "--src-creds", $"{user}:{Secret}", .. further]);

    private static Digest? Find(HarborDouble harbor, string repository, string reference)
    {
        var name = RepositoryName.Parse(repository);
        return Tag.TryParse(reference, out var tag) ? harbor.View.FindTag(name, tag) : harbor.View.FindManifest(name, Digest.Parse(reference))?.Digest;
    }

    private static async Task<string> DigestAsync(string host, string repository, string reference)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Head, $"http://{host}/v2/{repository}/manifests/{reference}");
        request.Headers.TryAddWithoutValidation("Accept", MediaType.AcceptManifests);
        using var response = await client.SendAsync(request);
        return response.StatusCode == HttpStatusCode.OK
            ? response.Headers.GetValues("Docker-Content-Digest").Single()
            : $"{response.StatusCode} {repository}:{reference}";
    }
}
