using Microsoft.Extensions.DependencyInjection;
using TransferEngine.Hosting;
using TransferEngine.Images;
using TransferEngine.Service.Tests.Conformance;
using TransferEngine.Persistence;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Faults;
using TransferEngine.TestKit.Registries;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Service.Tests;

/// <summary>What refers to an image moves with it, into registries that list referrers and into those that do not.</summary>
public sealed class ReferrersMigrationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StorageTreeBuilder _tree;
    private readonly Descriptor _image;
    private readonly Descriptor _child;
    private readonly Descriptor _signature;
    private readonly Descriptor _signatureOfSignature;
    private readonly Descriptor _bill;

    public ReferrersMigrationTests()
    {
        _tree = new StorageTreeBuilder(_folder.Of("source"));
        _child = _tree.AddImage("app", null, "amd64 layer");
        _image = _tree.AddIndex("app", "latest", [_child]);
        _signature = AddReferrer("signature", _image);
        _signatureOfSignature = AddReferrer("signature of the signature", _signature);
        _bill = AddReferrer("bill of materials", _child);
        AddReferrer("of nothing that is there", new Descriptor(MediaType.OciManifest, Digest.OfSha256([1]), 1));
    }

    [Fact]
    public async Task They_are_listed_by_a_registry_that_can()
    {
        await using var target = await FaultyRegistry.StartAsync(_folder.Of("target"));
        await MigrateAsync(target.Host);
        using var client = new RegistryClient(target.Address);
        Assert.Equal(_signature.Digest, Assert.Single(await ReferrersAsync(client, _image)));
        Assert.Equal(_bill.Digest, Assert.Single(await ReferrersAsync(client, _child)));
        Assert.Equal(_signatureOfSignature.Digest, Assert.Single(await ReferrersAsync(client, _signature)));
        // The tag comes after all of them: whoever sees it finds the signatures.
        var puts = target.Requests.Where(request => request is { Method: "PUT", IsManifest: true }).Select(request => request.Path.Split('/')[^1]).ToList();
        Assert.Equal("latest", puts[^1]);
        Assert.Equal(5, puts.Count);
        Assert.DoesNotContain(target.Requests, request => request is { Method: "GET", IsManifest: true } && request.Number <= puts.Count);
    }

    [Fact]
    public async Task They_are_listed_under_the_fallback_tag_where_the_registry_can_not()
    {
        await using var target = await DockerRegistry.StartAsync(_folder.Of("target"));
        await MigrateAsync(target.Host);
        using var client = new RegistryClient(target.Url);
        var list = await client.GetAsync($"/v2/app/manifests/{_image.Digest.Algorithm}-{_image.Digest.Hex}");
        var listed = Assert.Single(list.Json.GetProperty("manifests").EnumerateArray());
        Assert.Equal(_signature.Digest.ToString(), listed.GetProperty("digest").GetString());
        Assert.Equal(200, (int)(await client.HeadAsync($"/v2/app/manifests/{_bill.Digest}")).Status);
    }

    [Fact]
    public async Task They_stay_where_they_are_on_request()
    {
        await using var target = await FaultyRegistry.StartAsync(_folder.Of("target"));
        await MigrateAsync(target.Host, referrers: false);
        using var client = new RegistryClient(target.Address);
        Assert.Empty(await ReferrersAsync(client, _image));
    }

    public void Dispose() => _folder.Dispose();

    private Descriptor AddReferrer(string layer, Descriptor subject) =>
        _tree.AddImage("app", null, new ImageSpec(_tree.AddBlob("{}"u8), [_tree.AddBlob(System.Text.Encoding.UTF8.GetBytes(layer))]) { Subject = subject with { MediaType = MediaType.OciManifest } });

    private static async Task<Digest[]> ReferrersAsync(RegistryClient client, Descriptor subject) =>
        [.. (await client.GetAsync($"/v2/app/referrers/{subject.Digest}")).Json.GetProperty("manifests").EnumerateArray().Select(found => Digest.Parse(found.GetProperty("digest").GetString()!))];

    private async Task MigrateAsync(string host, bool referrers = true)
    {
        var services = new ServiceCollection();
        services.AddTransferEngine();
        services.Configure<JobStoreOptions>(options => options.StateDirectory = _folder.Of("state"));
        await using var provider = services.BuildServiceProvider();
        var endpoints = provider.GetRequiredService<IEndpoints>();
        await using var source = endpoints.OpenSource(_tree.Root);
        await using var target = endpoints.OpenTarget($"docker://{host}");
        var job = new MigrationJob(source, target) { Referrers = referrers };
        var report = await provider.GetRequiredService<ITransferEngine>().MigrateAsync(job, new Quiet(), CancellationToken.None);
        Assert.True(report is { IsComplete: true, Totals.Migrated: 1 }, report.ToString());
        Assert.True((await provider.GetRequiredService<ITransferEngine>().VerifyAsync(job, new Quiet(), CancellationToken.None)).IsComplete);
    }

    private sealed class Quiet : IMigrationObserver
    {
        public void OnStarted(IMigrationProgress progress)
        {
        }

        public void OnImage(ImageResult result)
        {
        }
    }
}
