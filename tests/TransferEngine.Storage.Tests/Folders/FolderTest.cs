using TransferEngine.Images;
using TransferEngine.Storage.Folders;
using TransferEngine.TestKit;

namespace TransferEngine.Storage.Tests.Folders;

/// <summary>A forest of its own for each test, and shorthands to read it.</summary>
public abstract class FolderTest : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    protected FolderTest() => Directory.CreateDirectory(Root);

    protected string Root => _folder.Of("forest");

    /// <summary>A path below the forest's root.</summary>
    protected string At(params string[] names) => Path.Join([Root, .. names]);

    /// <summary>A path beside the forest.</summary>
    protected string Outside(string name) => _folder.Of(name);

    protected static async Task<List<SourceRepository>> RepositoriesAsync(IImageSource source) =>
        await source.ListRepositoriesAsync(CancellationToken.None).ToListAsync();

    protected static async Task<List<SourceImage>> ImagesAsync(IImageSource source, string repository, bool untagged = false) =>
        await source.ListImagesAsync(RepositoryName.Parse(repository), untagged, CancellationToken.None).ToListAsync();

    /// <summary>All that the forest holds as <c>repository:tag</c>; none may have an error.</summary>
    protected static async Task<List<string>> NamesAsync(IImageSource source, bool untagged = false)
    {
        var names = new List<string>();
        foreach (var repository in await RepositoriesAsync(source))
        {
            Assert.Null(repository.Error);
            foreach (var image in await ImagesAsync(source, repository.Name, untagged))
            {
                Assert.Null(image.Error);
                names.Add($"{repository.Name}:{image.Name}");
            }
        }
        return names;
    }

    /// <summary>All that the forest holds, with its digests, in ordinal order.</summary>
    protected async Task<List<string>> DigestsAsync(bool untagged)
    {
        var (source, found) = (DirSource.Open(Root), new List<string>());
        foreach (var repository in await RepositoriesAsync(source))
            found.AddRange((await ImagesAsync(source, repository.Name, untagged)).Select(image =>
                $"{repository.Name}{(image.Tag is null ? '@' : ':')}{image.Name} {image.Digest}"));
        found.Sort(StringComparer.Ordinal);
        return found;
    }

    /// <summary>The error of the only image of a repository.</summary>
    protected async Task<TransferError> ErrorOfAsync(string repository)
    {
        var image = Assert.Single(await ImagesAsync(DirSource.Open(Root), repository));
        Assert.Null(image.Digest);
        Assert.NotNull(image.Error);
        Assert.Equal(ErrorScope.Image, image.Error.Scope);
        return image.Error;
    }

    protected static async Task<TransferError> FailsAsync<T>(Func<ValueTask<T>> action) =>
        (await Assert.ThrowsAsync<TransferException>(async () => await action())).Error;

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }
}
