using TransferEngine.Images;
using Xunit;

namespace TransferEngine.TestKit.Conformance;

/// <summary>What one kind of target can't do by its nature, so that the suite asks for less.</summary>
[Flags]
public enum TargetLimits
{
    None = 0,

    /// <summary>What one repository was given, all have: the form keeps contents for all together.</summary>
    SharesContents = 1,

    /// <summary>A manifest that no tag names any more is gone.</summary>
    ForgetsReplaced = 2,

    /// <summary>What was put can't be asked for by a later run, nor compared.</summary>
    IsWriteOnly = 4,

    /// <summary>What no tag names is given its digest for a name, by which it is listed with the tags.</summary>
    NamesByDigest = 8,
}

/// <summary>
/// What <see cref="IImageTarget"/> promises, one promise a test, for targets of every kind. An implementation's own tests inherit it and
/// say how a target is opened; <see cref="ExactTargetConformance"/> asks more of those that keep manifests as they are.
/// </summary>
public abstract partial class TargetConformance : IAsyncLifetime
{
    // Long enough for a machine that does other things, so that only what never ends is found by it.
    private protected static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private protected static readonly ImageContent One = ImageContent.Of("base", "one");
    private protected static readonly ImageContent Two = ImageContent.Of("base", "two");
    private protected static readonly Tag V1 = Tag.Parse("v1");
    private protected static readonly Tag V2 = Tag.Parse("v2");

    /// <summary>The target under test: nothing is in it.</summary>
    protected IImageTarget Target { get; private set; } = null!;

    protected RepositoryName App => Target.MapRepository(RepositoryName.Parse("team/app"));

    protected RepositoryName Other => Target.MapRepository(RepositoryName.Parse("team/other"));

    protected virtual TargetLimits Limits => TargetLimits.None;

    public async Task InitializeAsync()
    {
        Target = await OpenAsync();
        await Target.CheckAsync(default);
        Assert.True(Conforms.SaysSo(this, Target), $"{GetType().Name} does not say that it tests {Target.GetType().Name}");
    }

    public async Task DisposeAsync()
    {
        await Target.DisposeAsync();
        await CloseAsync();
    }

    /// <summary>Opens the target of this test, as another run would: at first there is nothing, later what was left there.</summary>
    protected abstract Task<IImageTarget> OpenAsync();

    /// <summary>Takes away what the test has used.</summary>
    protected abstract Task CloseAsync();

    /// <summary>Ends this run, and begins the next one.</summary>
    private protected async Task ReopenAsync(bool completes)
    {
        if (completes)
            await Target.CompleteAsync(default);
        await Target.DisposeAsync();
        Target = await OpenAsync();
        await Target.CheckAsync(default);
    }

    private protected bool Is(TargetLimits limit) => (Limits & limit) != 0;

    private protected async Task PutBlobAsync(RepositoryName repository, Descriptor blob, byte[] content)
    {
        var reader = ObservedReader.Of(content);
        await Target.PutBlobAsync(await Target.StartUploadAsync(repository, default), blob, reader, default);
        Assert.True(reader.IsCompleted);
    }

    private protected async Task PutBlobsAsync(RepositoryName repository, ImageContent image, params Digest[] without)
    {
        foreach (var blob in image.Manifest.Blobs.DistinctBy(blob => blob.Digest).Where(blob => image.Blobs.ContainsKey(blob.Digest) && !without.Contains(blob.Digest)))
            await PutBlobAsync(repository, new Descriptor(blob.MediaType, blob.Digest, image.Blobs[blob.Digest].Length), image.Blobs[blob.Digest]);
    }

    private protected async Task PutImageAsync(RepositoryName repository, Reference reference, ImageContent image)
    {
        await PutBlobsAsync(repository, image);
        await Target.PutManifestAsync(repository, reference, image.Manifest, default);
    }

    private protected Task<long?> HeadAsync(RepositoryName repository, Digest blob) => Target.HeadBlobAsync(repository, blob, default);

    private protected Task<Digest?> HeadAsync(RepositoryName repository, Reference reference) => Target.HeadManifestAsync(repository, reference, default);

    /// <summary>The tag, by each way in which it can be asked for.</summary>
    private protected async Task HasTagAsync(RepositoryName repository, Tag tag, Digest digest)
    {
        Assert.Equal(digest, await HeadAsync(repository, tag));
        Assert.Contains(tag, await Target.ListTagsAsync(repository, default) ?? new HashSet<Tag>());
        if (!Is(TargetLimits.IsWriteOnly) && await Target.ListTagDigestsAsync(repository, default) is { } listed && listed.TryGetValue(tag, out var told))
            Assert.Equal(digest, told);
    }

    private protected async Task LacksTagAsync(RepositoryName repository, Tag tag)
    {
        Assert.Null(await HeadAsync(repository, tag));
        Assert.DoesNotContain(tag, await Target.ListTagsAsync(repository, default) ?? new HashSet<Tag>());
        if (!Is(TargetLimits.IsWriteOnly))
            Assert.DoesNotContain(tag, (await Target.ListTagDigestsAsync(repository, default) ?? new Dictionary<Tag, Digest>()).Keys);
    }

    private protected static async Task<TransferError> RefusedAsync(Func<Task> act) => (await Assert.ThrowsAsync<TransferException>(act)).Error;

    private protected async Task RefusedManifestAsync(RepositoryName repository, Reference reference, Manifest manifest)
    {
        var error = await RefusedAsync(() => Target.PutManifestAsync(repository, reference, manifest, default));
        Assert.Equal((ErrorCode.TargetBlobUnknown, ErrorScope.Image), (error.Code, error.Scope));
    }

    private protected static Descriptor Layer(ImageContent image) => image.Manifest.Blobs[^1];

    private protected static byte[] LayerBytes(ImageContent image) => image.Blobs[Layer(image).Digest];
}
