using TransferEngine.Images;
using TransferEngine.TestKit.Harbor;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Registry.Tests.Harbor;

/// <summary>Harbor as a source, for each kind of user: what is listed, and how the rest is told.</summary>
public abstract class HarborSourceTests : HarborSourceTest
{
    private static readonly string[] All = ["library/alpine", "p1-x/app", "p1/app", "p1/app/deep/er", "p1/tool", "p2/other"];

    private protected override void Build(StorageTreeBuilder tree)
    {
        foreach (var name in All)
            tree.AddImage(name, "1.0", "layer of " + name);
    }

    private void AddProjects()
    {
        foreach (var name in new[] { "p1", "p1-x", "p2", "empty" })
            Harbor.Projects.Add(name);
        Harbor.Accounts.Add(new HarborAccount("dev", Password));
        Harbor.Projects.Find("p1")!.Members["dev"] = HarborRole.Guest;
        Harbor.Accounts.Add(new HarborAccount("robot$all", Password) { IsRobot = true });
        Harbor.Accounts.Add(new HarborAccount("robot$p1+list", Password) { IsRobot = true, Project = "p1" });
        Harbor.Accounts.Add(new HarborAccount("robot$p1+pull", Password) { IsRobot = true, Project = "p1", MayNotList = true, MayNotPush = true });
        Harbor.Accounts.Add(new HarborAccount("oidc", Password) { HasCliSecret = true });
        Harbor.Projects.Find("p1")!.Members["oidc"] = HarborRole.Developer;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_administrator_sees_everything_in_the_order_of_names_and_is_told_nothing_further(bool isNamed)
    {
        AddProjects();
        var source = Source("admin", isNamed: isNamed);
        Assert.Equal(All, await NamesAsync(source));
        Assert.Equal(All, await NamesAsync(source));
        Assert.Empty(source.Notes);
        Assert.StartsWith(isNamed ? "harbor://" : "docker://", source.Endpoint, StringComparison.Ordinal);
        Assert.DoesNotContain(Harbor.Requests, request => request.Path == "/v2/_catalog");
    }

    [Theory]
    [InlineData("", "library/alpine", "only public projects: 1 were found")]
    [InlineData("dev", "library/alpine p1/app p1/app/deep/er p1/tool", "those that it is a member of: 2 were found")]
    [InlineData("robot$p1+list", "library/alpine p1/app p1/app/deep/er p1/tool", "those that it was made for: 2 were found")]
    public async Task Whoever_may_not_see_everything_is_told_so_once(string user, string expected, string note)
    {
        AddProjects();
        var source = Source(user, isNamed: false);
        for (var i = 0; i < 2; i++)
            Assert.Equal(expected.Split(' '), await NamesAsync(source));
        Assert.Contains(note, Assert.Single(source.Notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/p1", "p1/app p1/app/deep/er p1/tool")]
    [InlineData("/p1/app", "p1/app p1/app/deep/er")]
    [InlineData("/p1/app/deep", "p1/app/deep/er")]
    public async Task A_prefix_means_what_is_there_and_below_it_and_nothing_is_asked_about_other_projects(string prefix, string expected)
    {
        AddProjects();
        foreach (var user in new[] { "admin", "dev", "robot$all", "robot$p1+list" })
        {
            var source = Source(user, prefix);
            Assert.Equal(expected.Split(' '), await NamesAsync(source));
            Assert.Empty(source.Notes);
        }
        Assert.Equal(["/api/v2.0/projects/p1/repositories"], Harbor.Requests.Where(request => request.IsApi).Select(request => request.Path).Distinct());
    }

    [Theory]
    [InlineData("/nope", "no project 'nope'")]
    [InlineData("/empty", "no repository empty")]
    [InlineData("/p1/ap", "no repository p1/ap")]
    public async Task A_prefix_with_nothing_below_is_an_error(string prefix, string message)
    {
        AddProjects();
        var error = await RefusedAsync(Source("admin", prefix, isNamed: false));
        Assert.Equal((ErrorCode.SourceNotFound, ErrorScope.Endpoint), (error.Code, error.Scope));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("robot$p1+pull", "")]
    [InlineData("robot$p1+pull", "/p1")]
    [InlineData("robot$p1+pull", "/p1/nothing")]
    [InlineData("dev", "/p2")]
    [InlineData("", "/p2")]
    public async Task Where_nothing_is_listed_to_a_user_the_way_by_a_list_of_images_is_shown(string user, string prefix)
    {
        AddProjects();
        var error = await RefusedAsync(Source(user, prefix, isNamed: false));
        Assert.Equal((ErrorCode.Denied, ErrorScope.Endpoint), (error.Code, error.Scope));
        Assert.Contains("--images", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_project_that_is_not_listed_to_the_user_stands_among_the_others_with_an_error()
    {
        AddProjects();
        Harbor.Accounts.Add(new HarborAccount("robot$p1+odd", Password) { IsRobot = true, Project = "p1", MayListOnlyPublic = true });
        var listed = await ListAsync(Source("robot$p1+odd"));
        Assert.Equal(["library/alpine", "p1"], listed.Select(found => found.Name));
        Assert.Equal((ErrorCode.Denied, ErrorScope.Repository), (listed[1].Error!.Code, listed[1].Error!.Scope));
    }

    [Fact]
    public async Task A_robot_that_only_pulls_gets_what_it_names_and_of_an_address_that_repository()
    {
        AddProjects();
        var source = Source("robot$p1+pull", "/p1/app", isNamed: false);
        Assert.Equal(["p1/app"], await NamesAsync(source));
        Assert.Contains("what may be below it was not seen", Assert.Single(source.Notes), StringComparison.Ordinal);
        var deep = RepositoryName.Parse("p1/app/deep/er");
        var image = await source.FindImageAsync(deep, Tag.Parse("1.0"), CancellationToken.None);
        var manifest = await source.ReadManifestAsync(deep, image!.Digest!.Value, CancellationToken.None);
        foreach (var blob in manifest.Blobs)
            Assert.Equal(blob.Size, await source.FindBlobAsync(deep, blob.Digest, CancellationToken.None));
        Assert.Null(await source.FindImageAsync(deep, Tag.Parse("2.0"), CancellationToken.None));
    }

    [Fact]
    public async Task A_password_that_is_good_for_images_alone_is_never_taken_for_an_anonymous_one()
    {
        AddProjects();
        var error = await RefusedAsync(Source("oidc"));
        Assert.Equal((ErrorCode.Unauthorized, ErrorScope.Endpoint), (error.Code, error.Scope));
        Assert.Contains("--images", error.Hint, StringComparison.Ordinal);
        Assert.NotNull(await Source("oidc").FindImageAsync(RepositoryName.Parse("p1/app"), Tag.Parse("1.0"), CancellationToken.None));
    }

    [Fact]
    public async Task Somebody_elses_wrong_password_neither_shortens_the_list_nor_ends_it()
    {
        AddProjects();
        foreach (var user in new[] { "admin", "dev" })
        {
            foreach (var locked in new[] { "/api/v2.0/users/current", "/api/v2.0/projects", "/api/v2.0/projects/p1/repositories" })
            {
                var requests = 0;
                Harbor.Cuts = request =>
                {
                    if (request.Path == locked && requests++ == 0)
                        Harbor.Accounts.Lock(user);
                    return false;
                };
                Assert.Equal(user == "admin" ? All : ["library/alpine", "p1/app", "p1/app/deep/er", "p1/tool"], await NamesAsync(Source(user)));
                Assert.True(requests > 1);
            }
        }
    }

    [Fact]
    public async Task A_lock_that_begins_and_ends_between_two_proofs_is_noticed_by_the_time_that_they_took()
    {
        AddProjects();
        var requests = 0;
        Harbor.Cuts = request =>
        {
            if (request.Path == "/api/v2.0/projects" && requests++ == 0)
                Harbor.Accounts.Lock("admin");
            else if (request.Path == "/api/v2.0/users/current" && requests > 0)
                Time.Advance(HarborAccounts.LockOut);
            return false;
        };
        Assert.Equal(All, await NamesAsync(Source("admin")));
        // The short list, the whole one, and the same once more, as each of them took so long.
        Assert.Equal(3, requests);
    }
}

/// <summary>With Harbor 2.9.</summary>
public sealed class HarborSourceOf29Tests : HarborSourceTests
{
    private protected override HarborVersion Version => HarborVersion.V29;
}

/// <summary>With Harbor 2.15.</summary>
public sealed class HarborSourceOf215Tests : HarborSourceTests
{
    private protected override HarborVersion Version => HarborVersion.V215;
}
