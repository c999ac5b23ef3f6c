using TransferEngine.Images;
using TransferEngine.Tests.Migrations;
using Xunit;

namespace TransferEngine.Tests.Planning;

/// <summary>A verification finds whatever is missing or rotten, and nothing else.</summary>
public sealed class VerificationTests : IAsyncLifetime
{
    private readonly Migration _migration = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _migration.DisposeAsync();

    [Theory]
    [InlineData("child")]
    [InlineData("signature")]
    [InlineData("layer")]
    [InlineData("signature's layer")]
    [InlineData("tag")]
    public async Task What_the_target_lost_is_named(string what)
    {
        var child = _migration.Source.AddImage("a", null, "layer");
        var index = _migration.Source.AddIndex("a", "v1", child);
        var signature = _migration.Source.AddReferrer("a", index, "signature");
        await _migration.RunAsync();
        Assert.Empty((await VerifyAsync()).Problems);
        var lost = what switch
        {
            "child" => child,
            "signature" => signature,
            "layer" => _migration.Source.AddBlob("layer").Digest,
            "signature's layer" => _migration.Source.AddBlob("signature").Digest,
            _ => index,
        };
        if (what == "tag")
            _migration.Target.LoseTag("a", "v1");
        else
            _migration.Target.Lose("a", lost);

        var problem = Assert.Single((await VerifyAsync()).Problems);
        Assert.Equal((ErrorCode.TargetDiffers, "a:v1"), (problem.Error!.Code, problem.Display));
        Assert.Contains(what == "tag" ? "a:v1" : lost.ToString(), problem.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_targets_own_list_keeps_quiet_about_is_asked_for()
    {
        _migration.Source.AddImage("a", "v1", "layer");
        _migration.Source.AddImage("a", "hidden", "signature");
        await _migration.RunAsync();
        var target = new QuietTarget(_migration.Target, "hidden");
        var verification = await _migration.Engine.VerifyAsync(new MigrationJob(_migration.Source, target), NullObserver.Instance, CancellationToken.None);

        Assert.Equal((2, 0), (verification.Verified, verification.Problems.Count));
        _migration.Target.LoseTag("a", "hidden");
        verification = await _migration.Engine.VerifyAsync(new MigrationJob(_migration.Source, target), NullObserver.Instance, CancellationToken.None);
        Assert.Equal("a:hidden", Assert.Single(verification.Problems).Display);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_tag_that_names_another_image_at_the_target_is_told_with_both_digests(bool isListed)
    {
        var there = _migration.Source.AddImage("a", "v1", "old");
        _migration.Source.AddImage("a", "v2", "new");
        await _migration.RunAsync();
        var moved = _migration.Source.AddImage("a", "v1", "new");
        IImageTarget target = isListed ? new QuietTarget(_migration.Target, "") : _migration.Target;
        var problem = Assert.Single((await VerifyAsync(job => job with { Target = target })).Problems);

        Assert.Equal((ErrorCode.TargetDiffers, "a:v1"), (problem.Error!.Code, problem.Display));
        Assert.Contains(there.ToString(), problem.Error.Message, StringComparison.Ordinal);
        Assert.Contains(moved.ToString(), problem.Error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rot_at_either_end_is_found_where_the_content_is_looked_at(bool isAtSource)
    {
        _migration.Source.AddImage("a", "v1", "layer");
        _migration.Source.AddImage("b", "v1", "other");
        await _migration.RunAsync();
        _migration.Target.ReadsBack = true;
        var layer = _migration.Source.AddBlob("layer").Digest;
        if (isAtSource)
            _migration.Source.Blobs[layer] = "reyal"u8.ToArray();
        else
            _migration.Target.Put(RepositoryName.Parse("a"), layer, "reyal"u8.ToArray());

        Assert.Empty((await VerifyAsync()).Problems);
        var problem = Assert.Single((await VerifyAsync(job => job with { VerifyContent = true })).Problems);
        Assert.Equal((isAtSource ? ErrorCode.BlobDigestMismatch : ErrorCode.TargetDiffers, "a:v1"), (problem.Error!.Code, problem.Display));
        Assert.Contains(layer.ToString(), problem.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_that_is_lost_ends_the_verification_and_is_no_image_s_fault()
    {
        _migration.Source.AddImage("a", "v1", "layer");
        await _migration.RunAsync();
        _migration.Target.Before = (request, _) => request.StartsWith("HEAD-BLOB", StringComparison.Ordinal)
            ? throw new TransferException(new TransferError(ErrorCode.HostUnreachable, "gone") { Scope = ErrorScope.Endpoint })
            : Task.CompletedTask;
        Assert.Equal(ErrorCode.HostUnreachable, (await Assert.ThrowsAsync<TransferException>(() => VerifyAsync())).Error.Code);
    }

    [Theory]
    [InlineData("layer")]
    [InlineData("other")]
    public async Task Each_of_the_target_s_files_is_looked_at_for_itself(string rotten)
    {
        _migration.Source.AddImage("a", "v1", "layer", "other");
        await _migration.RunAsync();
        _migration.Target.ReadsBack = true;
        _migration.Target.Put(RepositoryName.Parse("a"), _migration.Source.AddBlob(rotten).Digest, "reyal"u8.ToArray());
        var verification = await VerifyAsync(job => job with { Target = new FiledTarget(_migration.Target), VerifyContent = true });

        Assert.Contains(_migration.Source.AddBlob(rotten).Digest.ToString(), Assert.Single(verification.Problems).Error!.Message, StringComparison.Ordinal);
    }

    private Task<VerificationReport> VerifyAsync(Func<MigrationJob, MigrationJob>? change = null)
    {
        var job = new MigrationJob(_migration.Source, _migration.Target);
        return _migration.Engine.VerifyAsync(change is null ? job : change(job), NullObserver.Instance, CancellationToken.None);
    }

    /// <summary>Has a file for each blob, like a storage tree: all with one size and time, as copies made together have.</summary>
    private sealed class FiledTarget(IImageTarget target) : DelegatingTarget
    {
        protected override IImageTarget Inner => target;

        public override ValueTask<BlobFile?> FindFileAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
            ValueTask.FromResult<BlobFile?>(new BlobFile($"/blobs/{digest}", 5, StampOf(digest)));

        private static FileStamp StampOf(Digest digest) => new(7, Convert.ToUInt64(digest.Hex[..12], 16), 3, 4);
    }

    /// <summary>Has a list of tags with their digests, like Harbor, which leaves some out.</summary>
    private sealed class QuietTarget(IImageTarget target, string hidden) : DelegatingTarget
    {
        protected override IImageTarget Inner => target;

        public override async Task<IReadOnlyDictionary<Tag, Digest>?> ListTagDigestsAsync(RepositoryName repository, CancellationToken cancellationToken)
        {
            var listed = new Dictionary<Tag, Digest>();
            foreach (var tag in await Inner.ListTagsAsync(repository, cancellationToken) ?? new HashSet<Tag>())
            {
                if (tag.ToString() != hidden && await Inner.HeadManifestAsync(repository, tag, cancellationToken) is { } digest)
                    listed.Add(tag, digest);
            }
            return listed;
        }
    }
}
