using System.Text.Json;
using TransferEngine.Images;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Harbor;
using TransferEngine.TestKit.Programs;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Integration.Tests.Harbor;

/// <summary>A plausible tree of 200 tags in 30 repositories, moved by the program into a double of Harbor that begins with no projects but library.</summary>
public sealed class HarborMigrationTests : IDisposable
{
    private const string Robot = "robot$migration";
    private const string Secret = "the-robots-secret";

    private static readonly SampleTreeOptions Plausible = new() { Repositories = 30, TaggedImages = 200 };

    private readonly TemporaryFolder _folder = new(inMemory: true);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(HarborVersion.V29, "harbor")]
    [InlineData(HarborVersion.V215, "harbor")]
    [InlineData(HarborVersion.V215, "docker")]
    public async Task Everything_arrives_and_nothing_is_sent_that_Harbor_would_refuse(HarborVersion version, string scheme)
    {
        var tree = SampleTree.Build(_folder.Of("source"), Plausible);
        await using var harbor = await StartAsync(version);
        var target = $"{scheme}://{harbor.Host}";
        var result = await MigrateAsync(Unverified.RequestsAreCounted, target);
        result.AssertExit(0);
        AssertHolds(harbor, tree);

        var requests = harbor.Requests;
        var refused = Assert.Single(requests, request => request.IsRefused);
        Assert.Equal(("GET", "/v2/", ""), (refused.Method, refused.Path, refused.Authorization));
        AssertCounts(requests, tree, harbor);
        Assert.InRange(harbor.Projects.All.Max(project => project.PeakManifestPushes), 1, 4);

        var before = harbor.Requests.Count;
        var verified = await RunAsync("verify", target);
        verified.AssertExit(0);
        Assert.Contains(harbor.Requests, request => request.Path.EndsWith("/artifacts", StringComparison.Ordinal));
        Assert.DoesNotContain(harbor.Requests.Skip(before), request => request.IsManifest && !request.Path.Contains("/sha256:", StringComparison.Ordinal));
        before = harbor.Requests.Count;
        var again = await MigrateAsync(target);
        again.AssertExit(0);
        Assert.DoesNotContain(harbor.Requests.Skip(before), request => request.Method is "POST" or "PUT" or "PATCH");
        Assert.DoesNotContain(Secret, string.Concat(result, verified, again), StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_goes_into_the_one_project_that_the_address_names_and_its_manifests_take_turns()
    {
        var tree = SampleTree.Build(_folder.Of("source"), Plausible);
        await using var harbor = await StartAsync(HarborVersion.V215);
        var result = await MigrateAsync(Unverified.RequestsAreCounted, $"harbor://{harbor.Host}/mirror/of");
        result.AssertExit(0);
        AssertHolds(harbor, tree, "mirror/of/");
        Assert.Equal(["library", "mirror"], harbor.Projects.All.Select(project => project.Name));
        // Within one project the token of the target's repository is good for the source of a mount too.
        Assert.Equal(1 + tree.RepositoryBlobs.Count, harbor.Requests.Count(request => request.IsToken));
        Assert.InRange(harbor.Projects.Find("mirror")!.PeakManifestPushes, 1, 4);
    }

    [Fact]
    public async Task Plan_creates_no_project_and_a_wrong_password_sends_nothing()
    {
        var tree = SampleTree.Build(_folder.Of("source"), new SampleTreeOptions { Repositories = 6, TaggedImages = 30 });
        await using var harbor = await StartAsync(HarborVersion.V215);
        var plan = await RunAsync("plan", $"harbor://{harbor.Host}", "--json");
        plan.AssertExit(0);
        using var json = JsonDocument.Parse(plan.Output);
        Assert.Equal(tree.Uploads, json.RootElement.GetProperty("blobsToUpload").GetInt64());
        Assert.Single(harbor.Projects.All);

        var before = harbor.Requests.Count;
        var wrong = await TransferProgram.RunAsync(
            Unverified.RequestsAreCounted, "migrate", _folder.Of("source"), $"harbor://{harbor.Host}", "--dest-creds", "admin:wrong", "--state-dir", _folder.Of("state"));
        wrong.AssertExit(3);
        Assert.Equal(["/v2/", "/service/token"], harbor.Requests.Skip(before).Select(request => request.Path));
    }

    [Fact]
    public async Task A_full_project_stops_its_own_images_and_no_others()
    {
        var builder = new StorageTreeBuilder(_folder.Of("source"));
        for (var i = 0; i < 8; i++)
        {
            builder.AddImage($"full/r{i}", "1.0", $"layer {i} that does not fit");
            builder.AddImage($"free/r{i}", "1.0", $"layer {i}");
        }
        await using var harbor = await StartAsync(HarborVersion.V215);
        harbor.Projects.Add("full").StorageLimit = 50;
        var result = await MigrateAsync(Unverified.RequestsAreCounted, $"harbor://{harbor.Host}", "--report", _folder.Of("report.json"));
        result.AssertExit(1);
        using var report = JsonDocument.Parse(await File.ReadAllBytesAsync(_folder.Of("report.json")));
        var images = report.RootElement.GetProperty("images").EnumerateArray().ToList();
        Assert.All(images, image => Assert.Equal(
            image.GetProperty("repository").GetString()!.StartsWith("free/", StringComparison.Ordinal) ? "migrated" : "failed", image.GetProperty("outcome").GetString(), ignoreCase: true));
        Assert.Contains("QUOTA_EXCEEDED", result.Output + result.Errors, StringComparison.Ordinal);
        var refused = harbor.Requests.Where(request => request.IsRefused).ToList();
        Assert.Equal(refused.Count, refused.Select(request => (request.Method, request.Path, request.Query)).Distinct().Count());
    }

    [Fact]
    public async Task Somebody_elses_wrong_passwords_cost_time_but_no_image()
    {
        var tree = SampleTree.Build(_folder.Of("source"), new SampleTreeOptions { Repositories = 6, TaggedImages = 30 });
        await using var harbor = await StartAsync(HarborVersion.V29);
        foreach (var command in new[] { "plan", "migrate", "verify" })
        {
            // No request meets more than these, so none is tried for the last time under a lock.
            var requests = 0;
            harbor.Cuts = request =>
            {
                if ((request.Path == "/service/token" || request.Path.StartsWithSegments("/api")) && ++requests is 3 or 6 or 9)
                    harbor.Accounts.Lock("admin");
                return false;
            };
            var result = await TransferProgram.RunAsync([command, _folder.Of("source"), $"harbor://{harbor.Host}", "--dest-creds", "admin:Harbor12345",
                .. command == "migrate" ? new[] { "--state-dir", _folder.Of("state") } : []]);
            Assert.True(result.ExitCode == 0, result.ToString());
            Assert.True(requests > 9, result.ToString());
        }
        AssertHolds(harbor, tree);
    }

    private async Task<HarborDouble> StartAsync(HarborVersion version)
    {
        var harbor = await HarborDouble.StartAsync(_folder.Of("harbor"), new HarborDoubleOptions { Version = version });
        harbor.Accounts.Add(new HarborAccount(Robot, Secret) { IsRobot = true });
        return harbor;
    }

    private Task<ProgramResult> MigrateAsync(string target) => MigrateAsync(null, target);

    private Task<ProgramResult> MigrateAsync(Unverified? unverified, string target, params string[] further) => TransferProgram.RunAsync(
        unverified, ["migrate", _folder.Of("source"), target, "--dest-creds", $"{Robot}:{Secret}", "--state-dir", _folder.Of("state"), .. further]);

    private Task<ProgramResult> RunAsync(string command, string target, params string[] further) =>
        TransferProgram.RunAsync([command, _folder.Of("source"), target, "--dest-creds", $"{Robot}:{Secret}", .. further]);

    private static void AssertHolds(HarborDouble harbor, SampleTree tree, string prefix = "")
    {
        foreach (var image in tree.Tagged)
            Assert.Equal(image.Manifest.Digest, harbor.View.FindTag(Target(image.Name.Repository, prefix), image.Name.Reference.Tag!.Value));
        foreach (var (repository, blobs) in tree.RepositoryBlobs)
            Assert.All(blobs, digest => Assert.NotNull(harbor.View.FindBlob(Target(repository, prefix), digest)));
    }

    private static RepositoryName Target(RepositoryName source, string prefix)
    {
        var name = prefix + source;
        return RepositoryName.Parse(name.Contains('/', StringComparison.Ordinal) ? name : "library/" + name);
    }

    private static void AssertCounts(IReadOnlyList<HarborRequest> requests, SampleTree tree, HarborDouble harbor)
    {
        Assert.Equal(tree.Uploads, requests.Count(request => request.IsUploadCommit));
        Assert.Equal(tree.Mounts, requests.Count(request => request.IsMount));
        Assert.Equal(tree.Uploads + tree.Mounts, requests.Count(request => request.IsUploadStart));
        Assert.DoesNotContain(requests, request => request.IsManifest && request.Method is "GET" or "HEAD");
        var projects = harbor.Projects.All.Count;
        // Each project is looked for, and all but library created.
        Assert.Equal(2 * projects - 1, requests.Count(request => request.IsApi));
        var repositories = tree.RepositoryBlobs.Count;
        // Where the project is missing there is nothing to list.
        var lists = requests.Count(request => request.Path.EndsWith("/tags/list", StringComparison.Ordinal));
        Assert.InRange(lists, 1, repositories);
        // The first for the credentials; then one for each repository, and one for each further project that it mounts from.
        Assert.InRange(requests.Count(request => request.IsToken), 1 + repositories, 1 + repositories * projects);
        var manifests = requests.Count(request => request.IsManifest && request.Method == "PUT");
        Assert.Equal(2 + requests.Count(request => request.IsToken || request.IsApi) + lists + 2 * tree.Uploads + tree.Mounts + manifests, requests.Count);
    }
}
