using System.Formats.Tar;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit.Registries;
using Xunit;

namespace TransferEngine.Integration.Tests.Packages;

/// <summary>Releases packed on one side, unpacked into a registry on the other.</summary>
public sealed class PackageTransferTests : IAsyncLifetime
{
    private Releases _releases = null!;

    public async Task InitializeAsync() => _releases = await Releases.CreateAsync();

    public async Task DisposeAsync() => await _releases.DisposeAsync();

    [Fact]
    public async Task A_release_and_two_that_build_on_it_arrive_one_after_the_other()
    {
        await _releases.PackAsync("1.tar");
        var second = _releases.AddImage("second", "2.0", "what is new in 2");
        var two = await _releases.PackAsync("2.tar", "--since", _releases.PathOf("1.tar"));
        var third = _releases.AddImage("third/app", "3.0", "what is new in 3");
        var three = await _releases.PackAsync("3.tar", "--since", _releases.PathOf("2.tar"));
        // The layer and the config; manifests are always held, the new one among them.
        Assert.Equal(2 + Manifests() + 1, two.GetProperty("heldBlobs").GetInt32());
        Assert.Equal(2 + Manifests() + 2, three.GetProperty("heldBlobs").GetInt32());
        Assert.InRange(two.GetProperty("bytes").GetInt64(), 1, new FileInfo(_releases.PathOf("1.tar")).Length / 2);

        foreach (var file in new[] { "1.tar", "2.tar", "3.tar" })
        {
            var unpacked = await _releases.UnpackAsync(file);
            unpacked.AssertExit(0);
        }
        await Comparison.HoldsAllTagsAsync(_releases.Job.Target.Host, _releases.First);
        Comparison.HoldsAllBlobs(_releases.Job.TargetRoot, _releases.First);
        await _releases.HasAsync("second", "2.0", second);
        await _releases.HasAsync("third/app", "3.0", third);
        await _releases.Job.Target.StopAsync();
        Assert.Equal(_releases.First.Uploads + 4, _releases.Job.Target.Requests.Count(request => request.IsUploadCommit));
    }

    [Fact]
    public async Task Without_its_base_a_package_is_refused_before_anything_is_written()
    {
        await _releases.PackAsync("release-1.tar");
        _releases.AddImage("second", "2.0", "what is new in 2");
        await _releases.PackAsync("release-2.tar", "--since", _releases.PathOf("release-1.tar"));
        var unpacked = await _releases.UnpackAsync("release-2.tar");
        unpacked.AssertExit(3);
        Assert.Contains("PACKAGE_BASE_MISSING", unpacked.Errors, StringComparison.Ordinal);
        Assert.Contains("release-1.tar (sha256:", unpacked.Errors, StringComparison.Ordinal);
        await _releases.Job.Target.StopAsync();
        Assert.DoesNotContain(_releases.Job.Target.Requests, request => request.Method is "POST" or "PUT");
    }

    [Fact]
    public async Task What_a_registry_has_can_be_the_base()
    {
        (await _releases.Job.MigrateAsync()).AssertExit(0);
        var image = _releases.AddImage("second", "2.0", "what is new in 2");
        var packed = await _releases.PackAsync("2.tar", "--since", _releases.Job.TargetEndpoint);
        Assert.Equal(2 + Manifests() + 1, packed.GetProperty("heldBlobs").GetInt32());
        var unpacked = await _releases.UnpackAsync("2.tar");
        unpacked.AssertExit(0);
        await _releases.HasAsync("second", "2.0", image);
    }

    [Fact]
    public async Task Names_may_change_on_either_side_as_long_as_they_change_alike()
    {
        await _releases.PackAsync("1.tar", "--map", "prefix=packed/");
        var image = _releases.AddImage("second", "2.0", "what is new in 2");
        await _releases.PackAsync("2.tar", "--map", "prefix=packed/", "--since", _releases.PathOf("1.tar"));
        (await _releases.UnpackAsync("1.tar", "--map", "prefix=site/")).AssertExit(0);
        (await _releases.UnpackAsync("2.tar", "--map", "prefix=elsewhere/")).AssertExit(3);
        var unpacked = await _releases.UnpackAsync("2.tar", "--map", "prefix=site/");
        unpacked.AssertExit(0);
        await _releases.HasAsync("site/packed/second", "2.0", image);
    }

    [Fact]
    public async Task Untarred_into_a_registrys_storage_a_package_and_its_delta_are_served()
    {
        await _releases.PackAsync("1.tar");
        var image = _releases.AddImage("second", "2.0", "what is new in 2");
        await _releases.PackAsync("2.tar", "--since", _releases.PathOf("1.tar"));
        foreach (var file in new[] { "1.tar", "2.tar" })
            await TarFile.ExtractToDirectoryAsync(_releases.PathOf(file), _releases.Job.TargetRoot, overwriteFiles: true);
        await Comparison.HoldsAllTagsAsync(_releases.Job.Target.Host, _releases.First);
        await _releases.HasAsync("second", "2.0", image);
    }

    [Fact]
    public async Task Served_as_it_is_a_package_is_a_registry()
    {
        await _releases.PackAsync("1.tar");
        await using var served = await ServedRegistry.StartAsync(_releases.PathOf("1.tar"));
        await Comparison.HoldsAllTagsAsync(served.Host, _releases.First);
    }

    [Fact]
    public async Task A_folder_and_a_registry_over_it_give_the_same_bytes()
    {
        await _releases.PackAsync("folder.tar");
        await using var source = await DockerRegistry.StartAsync(_releases.Job.SourceRoot);
        var packed = await TransferProgram.RunAsync("pack", $"docker://{source.Host}", _releases.PathOf("registry.tar"), "--src-tls-verify", "false");
        packed.AssertExit(0);
        Assert.Equal(await File.ReadAllBytesAsync(_releases.PathOf("folder.tar")), await File.ReadAllBytesAsync(_releases.PathOf("registry.tar")));
    }

    [Fact]
    public async Task A_damaged_package_is_refused_before_anything_is_written()
    {
        await _releases.PackAsync("1.tar");
        using (var file = new FileStream(_releases.PathOf("1.tar"), FileMode.Open))
        {
            file.Position = file.Length / 2;
            var value = file.ReadByte();
            file.Position--;
            file.WriteByte((byte)(value ^ 1));
        }
        var unpacked = await _releases.UnpackAsync("1.tar");
        unpacked.AssertExit(3);
        Assert.Contains("PACKAGE_INVALID", unpacked.Errors, StringComparison.Ordinal);
        await _releases.Job.Target.StopAsync();
        Assert.DoesNotContain(_releases.Job.Target.Requests, request => request.Method is "POST" or "PUT");
    }

    [Fact]
    public async Task An_image_that_is_broken_in_the_source_is_named_and_left_out()
    {
        _releases.AddImage("broken", "1.0", "soon gone");
        File.Delete(_releases.Tree.BlobPath(Images.Digest.OfSha256("soon gone"u8)));
        var packed = await TransferProgram.RunAsync("pack", _releases.Job.SourceRoot, _releases.PathOf("1.tar"));
        packed.AssertExit(1);
        Assert.Contains("broken:1.0", packed.Errors, StringComparison.Ordinal);
        Assert.Contains("BLOB_MISSING", packed.Errors, StringComparison.Ordinal);
        var unpacked = await _releases.UnpackAsync("1.tar");
        unpacked.AssertExit(0);
        await Comparison.HoldsAllTagsAsync(_releases.Job.Target.Host, _releases.First);
    }

    [Fact]
    public async Task Two_sources_make_one_package_and_the_base_is_never_overwritten()
    {
        var other = _releases.PathOf("other");
        var image = new TestKit.Trees.StorageTreeBuilder(other).AddImage("other/app", "1.0", "a layer");
        var both = await TransferProgram.RunAsync("pack", _releases.Job.SourceRoot, other, _releases.PathOf("both.tar"));
        both.AssertExit(0);
        (await TransferProgram.RunAsync("pack", other, _releases.PathOf("both.tar"), "--since", _releases.PathOf("both.tar"))).AssertExit(2);
        (await _releases.UnpackAsync("both.tar")).AssertExit(0);
        await _releases.HasAsync("other/app", "1.0", image);
    }

    private int Manifests() => _releases.First.Tagged.Concat(_releases.First.Children).Select(image => image.Manifest.Digest).Distinct().Count();
}
