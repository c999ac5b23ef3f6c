using TransferEngine.Images;
using TransferEngine.TestKit.Harbor;

namespace TransferEngine.Registry.Tests.Harbor;

/// <summary>Projects: looked for once, created once, and left alone once they have refused.</summary>
public sealed class HarborProjectTests : HarborTargetTest
{
    [Fact]
    public async Task Only_where_a_default_project_may_be_put_in_front_can_two_names_become_one()
    {
        Assert.True((await ConnectAsync()).CanMergeNames);
        Assert.True((await DetectAsync()).CanMergeNames);
        Assert.False((await ConnectAsync("/library")).CanMergeNames);
    }

    [Fact]
    public async Task A_missing_project_is_created_once_for_all_who_need_it_as_the_options_say()
    {
        var target = await ConnectAsync(options: new HarborOptions { Visibility = HarborVisibility.Public, StorageLimit = 1_000_000 }, user: "admin", password: "Harbor12345");
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => target.StartUploadAsync(RepositoryName.Parse($"p1/r{i}"), CancellationToken.None)));
        var project = Harbor.Projects.Find("p1")!;
        Assert.Equal((true, 1_000_000), (project.IsPublic, project.StorageLimit));
        Assert.Equal(["HEAD 404", "POST 201"], Harbor.Requests.Where(request => request.IsApi).Select(request => $"{request.Method} {request.Status}"));
    }

    [Fact]
    public async Task A_project_is_private_and_as_Harbor_limits_it_unless_told_otherwise()
    {
        await (await ConnectAsync()).StartUploadAsync(App, CancellationToken.None);
        Assert.Equal((false, -1), (Harbor.Projects.Find("p1")!.IsPublic, Harbor.Projects.Find("p1")!.StorageLimit));
    }

    [Fact]
    public async Task Looking_creates_nothing()
    {
        var target = await ConnectAsync("/mirror");
        var app = target.MapRepository(RepositoryName.Parse("app"));
        Assert.Null(await target.ListTagsAsync(app, CancellationToken.None));
        Assert.Null(await target.HeadManifestAsync(app, Tag.Parse("x"), CancellationToken.None));
        Assert.Null(await target.HeadBlobAsync(app, Digest.OfSha256([]), CancellationToken.None));
        Assert.Null(Harbor.Projects.Find("mirror"));
        Assert.Single(Harbor.Requests, request => request.IsApi);
    }

    [Fact]
    public async Task Where_no_project_may_be_created_the_missing_ones_are_named()
    {
        var options = new HarborOptions { CreateProjects = false };
        var target = await ConnectAsync(options: options);
        foreach (var look in new Func<Task>[] { () => target.ListTagsAsync(App, CancellationToken.None), () => target.StartUploadAsync(App, CancellationToken.None) })
        {
            var error = await RefusedAsync(look);
            Assert.Equal((ErrorCode.ProjectMissing, ErrorScope.Repository), (error.Code, error.Scope));
            Assert.Contains("'p1'", error.Message, StringComparison.Ordinal);
        }
        var atOnce = await RefusedAsync(() => ConnectAsync("/mirror", options));
        Assert.Equal((ErrorCode.ProjectMissing, ErrorScope.Endpoint), (atOnce.Code, atOnce.Scope));
    }

    [Theory]
    [InlineData("robot$p1+ci", "p3/app")]
    [InlineData("robot$mig", "bad__name/app")]
    public async Task A_project_that_can_not_be_created_stops_its_repositories_after_one_request_and_no_others(string user, string repository)
    {
        Harbor.Projects.Add("p1");
        Harbor.Accounts.Add(new HarborAccount("robot$p1+ci", Password) { IsRobot = true, Project = "p1" });
        var target = await ConnectAsync(user: user);
        for (var i = 0; i < 3; i++)
        {
            var error = await RefusedAsync(() => target.StartUploadAsync(RepositoryName.Parse(repository + i), CancellationToken.None));
            Assert.Equal((ErrorCode.ProjectNotCreated, ErrorScope.Repository), (error.Code, error.Scope));
        }
        Assert.Equal(2, Harbor.Requests.Count(request => request.IsApi));
        await PushBlobAsync(target, App, [1]);
    }

    [Fact]
    public async Task Without_the_right_to_push_a_project_is_tried_once()
    {
        Harbor.Projects.Add("p1").Members["guest"] = HarborRole.Guest;
        Harbor.Accounts.Add(new HarborAccount("guest", Password));
        var target = await ConnectAsync(user: "guest");
        for (var i = 0; i < 3; i++)
        {
            var error = await RefusedAsync(() => target.StartUploadAsync(RepositoryName.Parse("p1/r" + i), CancellationToken.None));
            Assert.Equal((ErrorCode.Unauthorized, ErrorScope.Repository), (error.Code, error.Scope));
        }
        Assert.Equal(1, Harbor.Requests.Count(request => request is { Method: "POST", IsRefused: true }));
    }

    [Fact]
    public async Task A_quota_is_told_without_sending_the_blob_and_stops_its_project_alone()
    {
        Harbor.Projects.Add("p1").StorageLimit = 1_000_000;
        var target = await ConnectAsync();
        var manifest = await PrepareAsync(target, App);
        await PutAsync(target, App, "there", manifest);
        var blob = new byte[4 * 1024 * 1024];
        var error = await RefusedAsync(() => PushBlobAsync(target, App, blob));
        Assert.Equal((ErrorCode.QuotaExceeded, ErrorScope.Image, false), (error.Code, error.Scope, error.IsTransient));
        Assert.Contains("will exceed the configured upper limit", error.Message, StringComparison.Ordinal);

        var before = Harbor.Requests.Count;
        Assert.Equal(ErrorCode.QuotaExceeded, (await RefusedAsync(() => PushBlobAsync(target, RepositoryName.Parse("p1/more"), [1]))).Code);
        Assert.Equal(ErrorCode.QuotaExceeded, (await RefusedAsync(() => PutAsync(target, App, "more", manifest))).Code);
        Assert.InRange(Harbor.Requests.Count, before, before + 1);
        Assert.Equal(manifest.Digest, await target.HeadManifestAsync(App, Tag.Parse("there"), CancellationToken.None));
        await PushBlobAsync(target, Other, blob);
        // A request is noted after its answer.
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!Harbor.Requests.Any(request => request is { IsUploadCommit: true, Status: 403 }))
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, deadline.Token);
        Assert.Equal(0, Harbor.Requests.Single(request => request is { IsUploadCommit: true, Status: 403 }).BodyBytes);
    }

    [Fact]
    public async Task A_mount_that_the_quota_refuses_is_no_reason_to_upload()
    {
        var target = await ConnectAsync();
        var blob = await PushBlobAsync(target, Other, new byte[10_000]);
        Harbor.Projects.Add("p1").StorageLimit = 1000;
        var error = await RefusedAsync(() => target.MountBlobAsync(App, blob.Digest, Other, CancellationToken.None));
        Assert.Equal(ErrorCode.QuotaExceeded, error.Code);
    }

    [Fact]
    public async Task An_immutable_tag_concerns_its_image_alone_and_not_at_all_if_it_has_the_digest()
    {
        var target = await ConnectAsync();
        var first = await PrepareAsync(target, App);
        var second = await PrepareAsync(target, App, """{"os":"linux"}""");
        await PutAsync(target, App, "v1", first);
        Harbor.Projects.Find("p1")!.ImmutableTags["p1/app:v1"] = true;
        await PutAsync(target, App, "v1", first);
        var error = await RefusedAsync(() => PutAsync(target, App, "v1", second));
        Assert.Equal((ErrorCode.TagImmutable, ErrorScope.Image), (error.Code, error.Scope));
        await PutAsync(target, App, "v2", second);
    }

    [Fact]
    public async Task A_proxy_project_stops_its_repositories_and_the_read_only_mode_the_run()
    {
        Harbor.Projects.Add("p1").IsProxy = true;
        var target = await ConnectAsync();
        for (var i = 0; i < 2; i++)
        {
            var proxy = await RefusedAsync(() => target.StartUploadAsync(App, CancellationToken.None));
            Assert.Equal((ErrorCode.ProxyProject, ErrorScope.Repository), (proxy.Code, proxy.Scope));
        }
        Assert.Equal(1, Harbor.Requests.Count(request => request.IsUploadStart));
        await target.StartUploadAsync(Other, CancellationToken.None);
        Harbor.IsReadOnly = true;
        var error = await RefusedAsync(() => target.StartUploadAsync(Other, CancellationToken.None));
        Assert.Equal((ErrorCode.TargetReadOnly, ErrorScope.Endpoint), (error.Code, error.Scope));
    }
}
