using TransferEngine.Images;
using Xunit;

namespace TransferEngine.Tests.Migrations;

/// <summary>A digest proves the bytes; what a manifest states of their number is a hint.</summary>
public sealed class SizeTests : IAsyncLifetime
{
    private readonly Migration _migration = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _migration.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(1_000_000)]
    [InlineData(null)]
    public async Task A_wrong_size_or_none_moves_nothing_wrong_whoever_asks_first(int? stated)
    {
        AddLiar("a", stated);
        for (var i = 0; i < 10; i++)
            _migration.Source.AddImage($"b{i}", "v1", "layer");
        AddLiar("c", stated);
        var plan = await _migration.Engine.PlanAsync(Job, CancellationToken.None);
        var report = await _migration.RunAsync();
        var verification = await _migration.Engine.VerifyAsync(Job, NullObserver.Instance, CancellationToken.None);

        Assert.Equal((12, true), (report.Totals.Migrated, report.IsChecked));
        Assert.Equal((plan.BytesToUpload, plan.BytesToMount), (report.Totals.BytesUploaded, report.Totals.BytesMounted));
        Assert.Empty(plan.Problems);
        Assert.Empty(verification.Problems);
        foreach (var notes in new[] { plan.Notes, report.Notes, verification.Notes })
            Assert.Equal(stated is null ? [] : ["2 manifests state a wrong size for a blob; the digests are right, so the images were taken as they are."], notes);
        Assert.Equal(12, (await _migration.RunAsync(job => job with { Restart = true })).Totals.AlreadyThere);
    }

    [Fact]
    public async Task A_blob_that_is_there_with_another_length_is_brought_again_and_called_by_its_name()
    {
        _migration.Source.AddImage("a", "v1", "layer");
        await _migration.RunAsync();
        var layer = _migration.Source.AddBlob("layer").Digest;
        _migration.Target.Put(RepositoryName.Parse("a"), layer, "lay"u8.ToArray());
        var problem = Assert.Single((await _migration.Engine.VerifyAsync(Job, NullObserver.Instance, CancellationToken.None)).Problems);
        Assert.Equal($"The target's blob {layer} in a has 3 bytes, the source's has 5.", problem.Error!.Message);

        Assert.Equal(1, (await _migration.RunAsync(job => job with { Repair = true })).Totals.Migrated);
        Assert.Empty((await _migration.Engine.VerifyAsync(Job, NullObserver.Instance, CancellationToken.None)).Problems);
    }

    private MigrationJob Job => new(_migration.Source, _migration.Target);

    private void AddLiar(string repository, int? stated)
    {
        var (config, layer) = (_migration.Source.AddBlob("{}"), _migration.Source.AddBlob("layer"));
        var size = stated is { } number ? $", \"size\": {number}" : "";
        _migration.Source.AddManifest(repository, "v1", $$"""
            {"schemaVersion":2,"mediaType":"{{MediaType.OciManifest}}",
             "config":{"mediaType":"x","digest":"{{config.Digest}}","size":{{config.Size}}},"layers":[{"mediaType":"y","digest":"{{layer.Digest}}"{{size}}}]}
            """);
    }
}
