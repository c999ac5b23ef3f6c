using TransferEngine.Images;
using Xunit;

namespace TransferEngine.Tests.Migrations;

public sealed class MigrationTests : IAsyncLifetime
{
    private readonly Migration _migration = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _migration.DisposeAsync();

    [Fact]
    public async Task Every_tag_arrives_with_its_digest()
    {
        var first = _migration.Source.AddImage("a", "v1", "base", "one");
        var second = _migration.Source.AddImage("a/b", "v2", "base", "two");
        var report = await _migration.RunAsync();

        Assert.True(report.IsComplete);
        Assert.Equal(2, report.Totals.Migrated);
        Assert.Equal(first, _migration.Target.TagOf("a", "v1"));
        Assert.Equal(second, _migration.Target.TagOf("a/b", "v2"));
    }

    [Fact]
    public async Task A_shared_blob_is_uploaded_once_and_mounted_once_into_every_further_repository()
    {
        for (var repository = 0; repository < 40; repository++)
        {
            _migration.Source.AddImage($"r{repository}", "v1", "shared", $"own {repository}");
            _migration.Source.AddImage($"r{repository}", "v2", "shared", $"other {repository}");
        }
        var report = await _migration.RunAsync();

        Assert.True(report.IsComplete);
        Assert.Equal(_migration.Source.Blobs.Count, _migration.Target.Count("PUT-BLOB"));
        Assert.Equal(39, _migration.Target.Count("MOUNT"));
        Assert.Equal(39, report.Totals.BlobsMounted);
        Assert.Equal(0, _migration.Target.Count("HEAD-BLOB") + _migration.Target.Count("HEAD-MANIFEST") + _migration.Target.Count("CANCEL"));
    }

    [Fact]
    public async Task Tags_on_the_same_manifest_share_one_reading_of_it()
    {
        var digest = _migration.Source.AddImage("a", "v1", "one");
        _migration.Source.AddImage("a", "latest", "one");
        await _migration.RunAsync();

        Assert.Equal(digest, _migration.Target.TagOf("a", "latest"));
        Assert.Equal(2, _migration.Target.Count("PUT-MANIFEST"));
        Assert.Equal(2, _migration.Source.Opened);
    }

    [Fact]
    public async Task An_index_is_pushed_after_its_children()
    {
        var amd64 = _migration.Source.AddImage("a", null, "amd64");
        var arm64 = _migration.Source.AddImage("a", null, "arm64");
        var index = _migration.Source.AddIndex("a", "v1", amd64, arm64);
        var report = await _migration.RunAsync();

        Assert.True(report.IsComplete);
        Assert.Equal(index, _migration.Target.TagOf("a", "v1"));
        Assert.EndsWith("a v1", _migration.Target.Requests.Last(request => request.StartsWith("PUT-MANIFEST", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_image_is_reported_and_all_else_is_migrated()
    {
        _migration.Source.AddDamaged("a", "bad", ErrorCode.TagLinkEmpty);
        _migration.Source.AddIndex("a", "holes", Digest.OfSha256([1]));
        _migration.Source.AddManifest("a", "garbage", "not json");
        _migration.Source.AddImage("a", "good", "one");
        var report = await _migration.RunAsync();

        Assert.False(report.IsComplete);
        Assert.Equal((1, 3), (report.Totals.Migrated, report.Totals.Failed));
        Assert.Equal(ErrorCode.TagLinkEmpty, _migration.Result("a:bad").Error!.Code);
        Assert.Equal(ErrorCode.IndexChildMissing, _migration.Result("a:holes").Error!.Code);
        Assert.Equal(ErrorCode.ManifestInvalid, _migration.Result("a:garbage").Error!.Code);
        Assert.All(_migration.Results.Where(result => result.Error is not null), result => Assert.Equal("a", result.Error!.Repository.ToString()));
    }

    [Fact]
    public async Task A_damaged_blob_is_blamed_on_the_source_and_fails_every_image_that_shares_it()
    {
        _migration.Source.AddImage("a", "v1", "shared", "one");
        _migration.Source.AddImage("b", "v1", "shared", "two");
        _migration.Source.AddImage("b", "v2", "three");
        var shared = Digest.OfSha256("shared"u8);
        _migration.Source.Blobs[shared] = "shaved"u8.ToArray();
        var report = await _migration.RunAsync();

        Assert.Equal((1, 2), (report.Totals.Migrated, report.Totals.Failed));
        var error = _migration.Result("b:v1").Error!;
        Assert.Equal(ErrorCode.BlobDigestMismatch, error.Code);
        Assert.Equal(shared, error.Digest);
        Assert.Equal($"memory/{shared}", error.Path);
        Assert.Equal("b", error.Repository.ToString());
    }

    [Fact]
    public async Task A_mount_answered_by_a_session_uploads_into_that_session()
    {
        _migration.Source.AddImage("a", "v1", "shared");
        _migration.Source.AddImage("b", "v1", "shared");
        _migration.Target.Mount = () => new MountResult(false, new UploadSession(RepositoryName.Parse("b"), new Uri("http://memory/given"), 0));
        _migration.Options.OpenRepositories = 1;
        var report = await _migration.RunAsync();

        Assert.True(report.IsComplete);
        Assert.Equal(2, _migration.Target.Count("START"));
        Assert.Equal(4, _migration.Target.Count("PUT-BLOB"));
    }

    [Fact]
    public async Task A_refused_mount_becomes_an_upload()
    {
        _migration.Source.AddImage("a", "v1", "shared");
        _migration.Source.AddImage("b", "v1", "shared");
        _migration.Target.Mount = () => MountResult.Refused;
        var report = await _migration.RunAsync();

        Assert.True(report.IsComplete);
        Assert.Equal((4L, 0L), (report.Totals.BlobsUploaded, report.Totals.BlobsMounted));
    }

    [Fact]
    public async Task A_broken_upload_is_tried_again()
    {
        var breaks = 2;
        _migration.Source.AddImage("a", "v1", "one");
        _migration.Target.Before = (request, _) => request.StartsWith("PUT-BLOB", StringComparison.Ordinal) && Interlocked.Decrement(ref breaks) >= 0
            ? throw new TransferException(new TransferError(ErrorCode.ServerError, "500") { IsTransient = true })
            : Task.CompletedTask;
        Assert.True((await _migration.RunAsync()).IsComplete);
    }

    [Fact]
    public async Task A_failing_repository_is_opened_again_and_given_up_in_the_end_while_others_go_on()
    {
        _migration.Source.AddImage("good", "v1", "one");
        _migration.Source.AddImage("bad", "v1", "two");
        _migration.Source.Unlistable.Add(RepositoryName.Parse("bad"));
        var report = await _migration.RunAsync();

        Assert.Equal((1, 1), (report.Totals.Migrated, report.Totals.Failed));
        Assert.Equal(ErrorCode.SourceUnreadable, _migration.Result("bad:*").Error!.Code);
    }

    [Fact]
    public async Task A_repository_that_may_not_be_written_does_not_stop_the_others_that_wait_for_its_blob()
    {
        _migration.Source.AddImage("denied", "v1", "shared");
        _migration.Source.AddImage("open", "v1", "shared");
        _migration.Target.Before = (request, _) => request.StartsWith("START denied", StringComparison.Ordinal) || request.StartsWith("MOUNT denied", StringComparison.Ordinal)
            ? throw new TransferException(new TransferError(ErrorCode.Denied, "no right to push") { Scope = ErrorScope.Repository })
            : Task.CompletedTask;
        var report = await _migration.RunAsync();

        Assert.Equal((1, 1), (report.Totals.Migrated, report.Totals.Failed));
        Assert.Equal(ErrorCode.Denied, _migration.Result("denied:v1").Error!.Code);
    }

    [Fact]
    public async Task A_lost_endpoint_ends_the_run_with_its_reason()
    {
        for (var i = 0; i < 50; i++)
            _migration.Source.AddImage($"r{i}", "v1", $"own {i}");
        _migration.Target.Before = (request, _) => request.StartsWith("START", StringComparison.Ordinal)
            ? throw new TransferException(new TransferError(ErrorCode.HostUnreachable, "connection refused") { Scope = ErrorScope.Endpoint })
            : Task.CompletedTask;
        var report = await _migration.RunAsync();

        Assert.Equal(ErrorCode.HostUnreachable, report.Fatal!.Code);
        Assert.False(report.IsComplete);
    }

    [Fact]
    public async Task What_a_repository_refuses_is_asked_of_it_once_and_told_of_each_image()
    {
        for (var i = 0; i < 40; i++)
            _migration.Source.AddImage("closed", $"v{i}", $"layer {i}");
        _migration.Source.AddImage("open", "v1", "other");
        _migration.Options.ImagesPerRepository = 1;
        _migration.Target.Before = (request, _) => request.StartsWith("START closed", StringComparison.Ordinal)
            ? throw new TransferException(new TransferError(ErrorCode.Denied, "no right") { Scope = ErrorScope.Repository })
            : Task.CompletedTask;
        var report = await _migration.RunAsync();

        Assert.Equal((40, 1), (report.Totals.Failed, report.Totals.Migrated));
        Assert.All(_migration.Results.Where(result => result.Repository == "closed"), result => Assert.Equal(ErrorCode.Denied, result.Error?.Code));
        // The first image's config and layer.
        Assert.InRange(_migration.Target.Requests.Count(request => request.StartsWith("START closed", StringComparison.Ordinal)), 1, 2);
    }

    [Fact]
    public async Task An_image_is_counted_once_however_often_its_repository_is_opened()
    {
        _migration.Source.AddImage("a", "v1", "one");
        _migration.Source.AddImage("a", "v2", "two");
        var failures = 2;
        _migration.Target.Before = (request, _) => request.StartsWith("TAGS a", StringComparison.Ordinal) && Interlocked.Decrement(ref failures) >= 0
            ? throw new TransferException(new TransferError(ErrorCode.ServerError, "status 500") { IsTransient = true, Scope = ErrorScope.Repository })
            : Task.CompletedTask;
        var report = await _migration.RunAsync();
        Assert.Equal((2, 2), (report.Totals.Images, report.Totals.Migrated));
        Assert.Equal(2, _migration.Results.Count);
    }

    [Fact]
    public async Task A_blob_that_images_of_a_repository_share_is_asked_for_once()
    {
        for (var i = 0; i < 20; i++)
            _migration.Source.AddImage("a", $"v{i}", "shared");
        await _migration.RunAsync();
        _migration.Target.Requests.Clear();
        await _migration.RunAsync(job => job with { Repair = true });
        Assert.Equal(2, _migration.Target.Count("HEAD-BLOB"));
    }

    [Fact]
    public async Task A_layer_that_is_fetched_from_elsewhere_is_neither_wanted_of_the_source_nor_brought()
    {
        var (config, elsewhere) = (_migration.Source.AddBlob("{}"), Digest.OfSha256("not here"u8));
        _migration.Source.AddManifest("a", "v1", $$"""
            {"schemaVersion":2,"mediaType":"{{MediaType.OciManifest}}","config":{"digest":"{{config.Digest}}","size":{{config.Size}}},
            "layers":[{"mediaType":"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip","digest":"{{elsewhere}}","size":8,"urls":["https://layers.example/8"]}]}
            """);
        Assert.True((await _migration.RunAsync()).IsComplete);
        Assert.Equal(1, _migration.Target.Count("PUT-BLOB"));
    }
}
