using TransferEngine.Images;
using Xunit;

namespace TransferEngine.TestKit.Conformance;

/// <summary>
/// What <see cref="IImageSource"/> promises, one promise a test, for sources of every kind: also those that make manifests of their own,
/// so that only names and content can be known before. <see cref="ExactSourceConformance"/> asks more of those that keep what was pushed.
/// </summary>
public abstract partial class SourceConformance : IAsyncLifetime
{
    private protected static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    protected static readonly RepositoryName App = RepositoryName.Parse("team/app");
    protected static readonly RepositoryName Other = RepositoryName.Parse("team/other");
    protected static readonly RepositoryName Nowhere = RepositoryName.Parse("team/nowhere");
    private protected static readonly Tag V1 = Tag.Parse("v1");
    protected static readonly ImageContent One = ImageContent.Of("base", "one");
    protected static readonly ImageContent Two = ImageContent.Of("base", "two");
    private protected static readonly Digest Unknown = Digest.OfSha256("nobody has this"u8);

    private readonly List<IAsyncDisposable> _opened = [];

    /// <summary>Whether manifests that no tag names can be listed; where not, the question is refused.</summary>
    protected virtual bool ListsUntagged => true;

    /// <summary>Whether a digest can be a name that its user gave: what is named so is listed like a tag, without being asked for.</summary>
    protected virtual bool HasDigestsForNames => false;

    public virtual Task InitializeAsync() => Task.CompletedTask;

    public virtual async Task DisposeAsync()
    {
        _opened.Reverse();
        foreach (var opened in _opened)
            await opened.DisposeAsync();
    }

    /// <summary>A source that holds this set. Whatever it needs to live is given to <see cref="Keep"/>.</summary>
    protected abstract Task<IImageSource> OpenAsync(ImageSet set);

    /// <summary>Disposed of after the test, the last first.</summary>
    protected T Keep<T>(T disposable)
        where T : IAsyncDisposable
    {
        _opened.Add(disposable);
        return disposable;
    }

    private protected async Task<IImageSource> SourceOf(ImageSet set)
    {
        var source = Keep(await OpenAsync(set));
        Assert.True(Conforms.SaysSo(this, source), $"{GetType().Name} does not say that it tests {source.GetType().Name}");
        return source;
    }

    /// <summary>A few plain images that every form can hold.</summary>
    protected virtual ImageSet Plain() => new ImageSet()
        .With(App, "v1", One).With(App, "latest", One).With(App, "v2", Two)
        .With(Other, "v1", Two).With(RepositoryName.Parse("alone"), "_x", ImageContent.Of("alone"));

    private protected static async Task<List<SourceImage>> ImagesAsync(IImageSource source, RepositoryName repository, bool untagged = false) =>
        await source.ListImagesAsync(repository, untagged, default).ToListAsync();

    private protected static async Task<List<string>> NamesAsync(IImageSource source, RepositoryName repository, bool untagged = false) =>
        await source.ListNamesAsync(repository, untagged, default).ToListAsync();

    private protected static async Task<byte[]> ContentAsync(IImageSource source, RepositoryName repository, Digest blob, long offset = 0)
    {
        await using var content = await source.OpenBlobAsync(repository, blob, offset, default);
        return await ReadAsync(content);
    }

    private protected static async Task<byte[]> ReadAsync(Stream content)
    {
        using var buffer = new MemoryStream();
        await content.CopyToAsync(buffer);
        return buffer.ToArray();
    }

    private protected static async Task<TransferError> RefusedAsync(Func<Task> act) => (await Assert.ThrowsAsync<TransferException>(act).WaitAsync(Patience)).Error;
}
