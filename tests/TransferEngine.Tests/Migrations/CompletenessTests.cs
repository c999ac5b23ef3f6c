using TransferEngine.Images;
using Xunit;

namespace TransferEngine.Tests.Migrations;

/// <summary>What is said to be there is there: after the target lost something, and after the source got something.</summary>
public sealed class CompletenessTests : IAsyncLifetime
{
    private readonly Migration _migration = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _migration.DisposeAsync();

    [Fact]
    public async Task A_target_that_was_emptied_between_two_runs_is_filled_again()
    {
        AddIndexWithSignature();
        await _migration.RunAsync();
        _migration.Target.LoseBlobs();
        var report = await _migration.RunAsync();

        Assert.True(report.IsChecked);
        await AssertWholeAsync();
    }

    [Fact]
    public async Task A_target_that_lost_tags_manifests_and_blobs_is_filled_again_at_the_price_of_the_HEADs_of_a_resume()
    {
        var image = _migration.Source.AddImage("a", "v1", "one");
        _migration.Source.AddImage("a", "v2", "two");
        await _migration.RunAsync();
        _migration.Target.LoseTag("a", "v1");
        _migration.Target.Lose("a", image);
        _migration.Target.Lose("a", _migration.Source.AddBlob("one").Digest);
        var report = await _migration.RunAsync();

        Assert.Equal((1, 1), (report.Totals.Migrated, report.Totals.AlreadyThere));
        await AssertWholeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_lost_below_a_tag_is_noticed_without_a_journal_and_by_a_repair(bool repair)
    {
        var child = AddIndexWithSignature();
        foreach (var lost in new[] { child, _migration.Source.AddBlob("layer").Digest, _migration.Source.AddBlob("signature").Digest })
        {
            await _migration.RunAsync();
            _migration.Target.Lose("a", lost);
            var report = await _migration.RunAsync(job => job with { Restart = !repair, Repair = repair });
            Assert.True(report.IsChecked);
            Assert.Equal(1, report.Totals.Migrated);
            await AssertWholeAsync();
        }
    }

    [Fact]
    public async Task What_was_believed_by_its_tag_is_never_called_checked()
    {
        AddIndexWithSignature();
        Assert.True((await _migration.RunAsync()).IsChecked);
        _migration.Target.Lose("a", _migration.Source.AddBlob("layer").Digest);
        var report = await _migration.RunAsync();

        Assert.Equal((true, false, 1L), (report.IsComplete, report.IsChecked, report.Totals.Trusted));
        Assert.True(_migration.Result("a:v1").IsTrusted);
        Assert.True((await _migration.RunAsync(job => job with { Repair = true })).IsChecked);
        await AssertWholeAsync();
    }

    [Fact]
    public async Task A_signature_that_came_later_is_moved_and_nothing_else_is_uploaded()
    {
        var child = AddIndexWithSignature();
        await _migration.RunAsync();
        var index = _migration.Target.TagOf("a", "v1")!.Value;
        Digest[] added = [_migration.Source.AddReferrer("a", index, "later"), _migration.Source.AddReferrer("a", child, "of a platform")];
        added = [.. added, _migration.Source.AddReferrer("a", added[0], "of a signature")];
        var report = await _migration.RunAsync();

        Assert.All(added, digest => Assert.True(_migration.Target.Has("a", digest)));
        Assert.Equal((3, 1), (report.Totals.BlobsUploaded, report.Totals.Migrated));
        await AssertWholeAsync();
        // What is on record by then, the signatures too, is not looked at again.
        _migration.Target.Requests.Clear();
        Assert.Equal(1, (await _migration.RunAsync()).Totals.AlreadyThere);
        Assert.Equal(["CHECK", "HEAD-MANIFEST a v1"], _migration.Target.Requests);
    }

    [Fact]
    public async Task A_target_on_this_machine_is_looked_at_again_on_each_run()
    {
        AddIndexWithSignature();
        await _migration.RunAsync();
        _migration.Target.Lose("a", _migration.Source.AddBlob("layer").Digest);
        var report = await _migration.RunAsync(job => job with { Target = new LocalTarget(_migration.Target) });

        Assert.Equal((true, 0L, 1L), (report.IsChecked, report.Totals.Trusted, report.Totals.BlobsUploaded));
        await AssertWholeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_registry_that_takes_manifests_without_looking_gets_their_blobs_all_the_same(bool isNewTag)
    {
        _migration.Target.IsLenient = true;
        var image = _migration.Source.AddImage("a", "v1", "layer");
        await _migration.RunAsync();
        _migration.Target.LoseBlobs();
        if (isNewTag)
            _migration.Source.AddTag("a", "v2", image);
        Assert.True((await _migration.RunAsync()).IsChecked);
        await AssertWholeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_the_target_loses_in_the_middle_of_a_run_is_brought_again(bool isBlob)
    {
        var child = _migration.Source.AddImage("a", "v1", "layer");
        _migration.Source.AddIndex("a", "v2", child);
        _migration.Options.ImagesPerRepository = 1;
        var lost = isBlob ? _migration.Source.AddBlob("layer").Digest : child;
        var losses = 1;
        _migration.Target.Before = (request, _) =>
        {
            if (request == "PUT-MANIFEST a v2" && Interlocked.Decrement(ref losses) == 0)
            {
                _migration.Target.Lose("a", child);
                if (isBlob)
                    _migration.Target.Lose("a", lost);
            }
            return Task.CompletedTask;
        };
        Assert.True((await _migration.RunAsync()).IsComplete);
        // Config and layer once, and once more only what is lost.
        Assert.Equal(isBlob ? 3 : 2, _migration.Target.Count("PUT-BLOB"));
        await AssertWholeAsync();
    }

    [Fact]
    public async Task A_target_that_never_finds_what_it_has_is_given_it_once_more_and_then_the_image_has_failed()
    {
        _migration.Source.AddImage("a", "v1", "layer");
        var puts = 0;
        // Ten times stand for always: one that were tried for ever would get through.
        _migration.Target.Before = (request, _) => request == "PUT-MANIFEST a v1" && ++puts <= 10
            ? throw new TransferException(new TransferError(ErrorCode.TargetBlobUnknown, "blob unknown to registry"))
            : Task.CompletedTask;
        Assert.Equal(1, (await _migration.RunAsync()).Totals.Failed);
        Assert.Equal((2, ErrorCode.TargetBlobUnknown), (puts, _migration.Result("a:v1").Error?.Code));
    }

    [Fact]
    public async Task A_new_tag_on_a_known_manifest_brings_its_new_signature_with_all_blobs()
    {
        var image = _migration.Source.AddImage("a", "v1", "one");
        await _migration.RunAsync();
        _migration.Source.AddTag("a", "v2", image);
        var signature = _migration.Source.AddReferrer("a", image, "signature");
        await _migration.RunAsync();

        Assert.Equal(image, _migration.Target.TagOf("a", "v2"));
        Assert.True(_migration.Target.Has("a", signature));
        await AssertWholeAsync();
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task A_tag_that_names_another_image_by_now_does_so_at_the_target_too(bool restart, bool trust)
    {
        _migration.Source.AddImage("a", "v1", "one");
        _migration.Source.AddImage("a", "v2", "two");
        await _migration.RunAsync();
        // Forth and back: nothing that the other image names is lacking there.
        foreach (var content in new[] { "two", "one" })
        {
            var moved = _migration.Source.AddImage("a", "v1", content);
            var report = await _migration.RunAsync(job => job with { Restart = restart, TrustJournal = trust });
            Assert.Equal((moved, 1L, 1L), (_migration.Target.TagOf("a", "v1"), report.Totals.Migrated, report.Totals.AlreadyThere));
        }
        await AssertWholeAsync();
    }

    [Fact]
    public async Task A_known_manifest_that_the_target_lost_is_not_believed_for_a_new_tag()
    {
        var image = _migration.Source.AddImage("a", "v1", "one");
        await _migration.RunAsync();
        _migration.Target.LoseBlobs();
        _migration.Source.AddTag("a", "v2", image);
        await _migration.RunAsync();

        Assert.Equal((image, image), (_migration.Target.TagOf("a", "v1"), _migration.Target.TagOf("a", "v2")));
        await AssertWholeAsync();
    }

    [Fact]
    public async Task A_journal_about_another_target_is_refused_and_both_are_named()
    {
        _migration.Source.AddImage("a", "v1", "one");
        await _migration.RunAsync();
        await using var other = new Migration(_migration);
        other.Target.Endpoint = "memory:other";
        foreach (var trust in new[] { false, true })
        {
            var refused = await Assert.ThrowsAsync<TransferException>(() => other.RunAsync(job => job with { TrustJournal = trust }));
            Assert.Equal(ErrorCode.JobDiffers, refused.Error.Code);
            Assert.Contains("memory:target", refused.Message, StringComparison.Ordinal);
            Assert.Contains("memory:other", refused.Message, StringComparison.Ordinal);
        }
        Assert.DoesNotContain(other.Target.Requests, request => request != "CHECK");
        Assert.Equal(1, (await other.RunAsync(job => job with { Restart = true })).Totals.Migrated);
    }

    private sealed class LocalTarget(IImageTarget target) : DelegatingTarget
    {
        public override string? LocalPath => "/somewhere";

        protected override IImageTarget Inner => target;
    }

    private Digest AddIndexWithSignature()
    {
        var child = _migration.Source.AddImage("a", null, "layer");
        var index = _migration.Source.AddIndex("a", "v1", child);
        _migration.Source.AddReferrer("a", index, "signature");
        return child;
    }

    private async Task AssertWholeAsync()
    {
        var verification = await _migration.Engine.VerifyAsync(new MigrationJob(_migration.Source, _migration.Target), NullObserver.Instance, CancellationToken.None);
        Assert.Empty(verification.Problems);
    }
}
