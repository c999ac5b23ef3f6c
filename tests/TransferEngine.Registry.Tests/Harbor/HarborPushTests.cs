using System.Text;
using TransferEngine.Images;
using TransferEngine.TestKit.Harbor;

namespace TransferEngine.Registry.Tests.Harbor;

/// <summary>Credentials, tokens, uploads and mounts on Harbor.</summary>
public sealed class HarborPushTests : HarborTargetTest
{
    private static readonly byte[] Layer = [1, 2, 3];

    public static TheoryData<HarborVersion> Versions => new(HarborVersion.V29, HarborVersion.V215);

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task An_image_is_pushed_and_mounted_across_projects_without_a_refusal_but_the_first_challenge(HarborVersion version)
    {
        await StartAsync(new HarborDoubleOptions { Version = version });
        var target = await ConnectAsync();
        Assert.Null(await target.ListTagsAsync(App, CancellationToken.None));
        var manifest = await PrepareAsync(target, App);
        var layer = await PushBlobAsync(target, App, Layer);
        await PutAsync(target, App, "1.0", manifest);
        Assert.True((await target.MountBlobAsync(Other, layer.Digest, App, CancellationToken.None)).IsMounted);
        Assert.Equal(layer.Size, await target.HeadBlobAsync(Other, layer.Digest, CancellationToken.None));
        Assert.Equal(manifest.Digest, await target.HeadManifestAsync(App, Tag.Parse("1.0"), CancellationToken.None));
        Assert.Equal([Tag.Parse("1.0")], (await target.ListTagsAsync(App, CancellationToken.None))!);

        var refused = Assert.Single(Harbor.Requests, request => request.IsRefused);
        Assert.Equal(("GET", "/v2/", ""), (refused.Method, refused.Path, refused.Authorization));
        Assert.DoesNotContain(Harbor.Requests, request => request.Method == "GET" && request.IsManifest);
    }

    [Fact]
    public async Task Wrong_credentials_are_found_out_before_anything_else_and_tried_once()
    {
        var error = await RefusedAsync(() => ConnectAsync(password: "wrong"));
        Assert.Equal((ErrorCode.Unauthorized, ErrorScope.Endpoint), (error.Code, error.Scope));
        Assert.Equal(2, Harbor.Requests.Count);
    }

    [Fact]
    public async Task A_repository_and_its_project_as_a_source_of_mounts_take_one_token_each()
    {
        var target = await ConnectAsync();
        var third = RepositoryName.Parse("p1/third");
        var layers = new List<Descriptor>();
        for (byte i = 0; i < 4; i++)
            layers.Add(await PushBlobAsync(target, i % 2 == 0 ? App : third, [i]));
        foreach (var (layer, i) in layers.Select((layer, i) => (layer, i)))
            Assert.True((await target.MountBlobAsync(Other, layer.Digest, i % 2 == 0 ? App : third, CancellationToken.None)).IsMounted);
        await target.HeadBlobAsync(App, layers[0].Digest, CancellationToken.None);
        Assert.True((await target.MountBlobAsync(App, layers[1].Digest, third, CancellationToken.None)).IsMounted);
        // One to try the credentials, one each for p1/app and p1/third, one for p2/other with its source.
        Assert.Equal(4, Harbor.Requests.Count(request => request.IsToken));
    }

    [Fact]
    public async Task Tokens_are_renewed_by_the_clock_before_they_are_refused()
    {
        var time = new SteppedTime();
        await StartAsync(new HarborDoubleOptions { TokenSeconds = 100, Time = time });
        var target = await ConnectAsync(time: time);
        for (var i = 0; i < 5; i++)
        {
            await PushBlobAsync(target, App, [(byte)i]);
            time.Now += TimeSpan.FromSeconds(81);
        }
        Assert.Equal(1, Harbor.Requests.Count(request => request.IsRefused));
        Assert.Equal(1 + 5, Harbor.Requests.Count(request => request.IsToken));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_project_that_can_not_be_read_is_tried_once_as_a_source_and_then_uploaded_from_our_side(HarborVersion version)
    {
        await StartAsync(new HarborDoubleOptions { Version = version });
        Harbor.Projects.Add("p2");
        Harbor.Projects.Add("p1").Members["dev"] = HarborRole.Developer;
        Harbor.Accounts.Add(new HarborAccount("dev", Password));
        var layer = await PushBlobAsync(await ConnectAsync(), Other, Layer);
        var target = await ConnectAsync(user: "dev");
        var before = Harbor.Requests.Count;
        Assert.Equal(MountResult.Refused, await target.MountBlobAsync(App, layer.Digest, Other, CancellationToken.None));
        Assert.Equal(MountResult.Refused, await target.MountBlobAsync(App, layer.Digest, Other, CancellationToken.None));
        Assert.Equal(MountResult.Refused, await target.MountBlobAsync(App, layer.Digest, RepositoryName.Parse("p2/more"), CancellationToken.None));
        Assert.Equal(1, Harbor.Requests.Skip(before).Count(request => request.IsRefused));
        await PushBlobAsync(target, App, Layer);
    }

    [Fact]
    public async Task A_mount_that_opens_an_upload_hands_over_the_session()
    {
        var target = await ConnectAsync();
        await PushBlobAsync(target, Other, [9]);
        var result = await target.MountBlobAsync(App, Digest.OfSha256(Layer), Other, CancellationToken.None);
        Assert.NotNull(result.Session);
    }

    [Fact]
    public async Task A_session_is_never_taken_up_again_nor_cancelled_since_Harbor_does_so_itself()
    {
        var target = await ConnectAsync();
        var session = await target.StartUploadAsync(App, CancellationToken.None);
        var before = Harbor.Requests.Count;
        Assert.Null(await target.FindUploadAsync(session, CancellationToken.None));
        await target.CancelUploadAsync(session, CancellationToken.None);
        Assert.Equal(before, Harbor.Requests.Count);
    }

    [Fact]
    public async Task Manifests_of_one_project_take_turns_and_those_of_another_do_not_wait_for_them()
    {
        var target = await ConnectAsync(options: new HarborOptions { PushesPerProject = 2 });
        using var first = await target.EnterManifestPushAsync(App, CancellationToken.None);
        using var second = await target.EnterManifestPushAsync(App, CancellationToken.None);
        var third = target.EnterManifestPushAsync(RepositoryName.Parse("p1/x"), CancellationToken.None).AsTask();
        Assert.False(third.IsCompleted);
        using var elsewhere = await target.EnterManifestPushAsync(Other, CancellationToken.None);
        first!.Dispose();
        first.Dispose();
        using var turn = await third;
        Assert.False(target.EnterManifestPushAsync(App, CancellationToken.None).AsTask().IsCompleted);
    }

    [Fact]
    public async Task Tags_are_listed_with_their_digests_page_by_page_and_not_at_all_to_who_may_not_see_them()
    {
        var target = await ConnectAsync();
        var nested = RepositoryName.Parse("p1/deep/er");
        var expected = new Dictionary<Tag, Digest>();
        for (var i = 0; i < 101; i++)
        {
            var manifest = await PrepareAsync(target, nested, $$"""{"number":{{i}}}""");
            await PutAsync(target, nested, $"v{i}", manifest);
            expected[Tag.Parse($"v{i}")] = manifest.Digest;
        }
        Assert.Equal(expected.OrderBy(pair => pair.Value), (await target.ListTagDigestsAsync(nested, CancellationToken.None))!.OrderBy(pair => pair.Value));
        Assert.Empty((await target.ListTagDigestsAsync(App, CancellationToken.None))!);
        Assert.Empty((await target.ListTagDigestsAsync(Other, CancellationToken.None))!);
        Harbor.Accounts.Add(new HarborAccount("robot$ci", Password) { IsRobot = true, MayNotList = true });
        Assert.Null(await (await ConnectAsync(user: "robot$ci")).ListTagDigestsAsync(nested, CancellationToken.None));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task No_list_of_referrers_is_kept_under_a_tag_since_Harbor_has_one_whichever_comes_first(HarborVersion version)
    {
        await StartAsync(new HarborDoubleOptions { Version = version });
        var target = await ConnectAsync();
        foreach (var isFirst in new[] { true, false })
        {
            var subject = await PrepareAsync(target, App, $$"""{"referrer":"{{isFirst}}"}""");
            var bytes = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(subject.Bytes.Span)[..^1]
                + $$""","subject":{"mediaType":"{{subject.MediaType}}","digest":"{{subject.Digest}}","size":{{subject.Bytes.Length}}}""" + "}");
            var referrer = ManifestReader.Read(bytes, Digest.OfSha256(bytes));
            foreach (var manifest in isFirst ? new[] { referrer, subject } : [subject, referrer])
                await target.PutManifestAsync(App, manifest.Digest, manifest, CancellationToken.None);
            Assert.Null(Harbor.View.FindTag(App, Tag.Parse($"sha256-{subject.Digest.Hex}")));
            Assert.NotNull(Harbor.View.FindManifest(App, referrer.Digest));
        }
        // What one answer told holds for all of Harbor.
        Assert.Equal(version == HarborVersion.V29 ? 1 : 0, Harbor.Requests.Count(request => request.Path.Contains("/referrers/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_quota_is_known_by_words_that_no_size_pushes_out_of_what_is_read()
    {
        const string refusal = "adding 1023.9 MiB of storage resource, which when updated to current usage of 1023.9 GiB "
            + "will exceed the configured upper limit of 1024.0 GiB.";
        await using var harbor = await Fakes.ScriptedRegistry.StartAsync();
        harbor.Answer = (_, http) => Fakes.ScriptedRegistry.ErrorAsync(http, 403, "DENIED", refusal);
        await using var target = await harbor.ConnectAsync();
        var error = await RefusedAsync(() => target.StartUploadAsync(App, CancellationToken.None));
        Assert.Equal(ErrorCode.QuotaExceeded, error.Code);
    }

    [Fact]
    public async Task A_registry_that_is_no_Harbor_is_not_taken_for_one()
    {
        await using var plain = await Fakes.ScriptedRegistry.StartAsync();
        await using var target = HarborTarget.Create(RegistryEndpoint.Parse(plain.Host), new RegistryOptions(), new HarborOptions(), FixedCredentials.Anonymous, TimeProvider.System);
        var error = await RefusedAsync(() => target.CheckAsync(CancellationToken.None));
        Assert.Equal((ErrorCode.NotARegistry, $"Write docker://{plain.Host}."), (error.Code, error.Hint));
    }

    [Fact]
    public async Task A_Harbor_addressed_as_a_registry_is_recognised_without_a_further_request()
    {
        var target = await DetectAsync();
        var requests = Harbor.Requests.Count;
        Assert.Equal(3, requests);
        Assert.Equal($"docker://{Harbor.Host}", target.Endpoint);
        Assert.Equal("library/alpine", target.MapRepository(RepositoryName.Parse("alpine")).ToString());
        await PutAsync(target, App, "1.0", await PrepareAsync(target, App));
        Assert.NotNull(Harbor.Projects.Find("p1"));
    }
}
