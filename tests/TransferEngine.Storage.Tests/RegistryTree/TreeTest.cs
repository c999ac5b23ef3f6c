using System.Runtime.Versioning;
using System.Text;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Storage.Tests.RegistryTree;

/// <summary>A tree of its own for each test, and shorthands to read it.</summary>
public abstract class TreeTest : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Stack<(string Path, UnixFileMode Mode)> _closed = new();

    protected TreeTest() => Tree = new StorageTreeBuilder(_folder.Of("registry"));

    protected StorageTreeBuilder Tree { get; }

    /// <summary>A folder beside the tree.</summary>
    protected string Outside => _folder.Of("outside");

    protected RegistryTreeSource Open() => RegistryTreeSource.Open(Tree.Root);

    protected async Task<List<SourceRepository>> RepositoriesAsync()
    {
        var source = Open();
        return await source.ListRepositoriesAsync(CancellationToken.None).ToListAsync();
    }

    /// <summary>The names of all repositories, none of which may have an error.</summary>
    protected async Task<IEnumerable<string>> SoundRepositoriesAsync()
    {
        var repositories = await RepositoriesAsync();
        Assert.All(repositories, repository => Assert.Null(repository.Error));
        return repositories.Select(repository => repository.Name);
    }

    protected async Task<List<SourceImage>> ImagesAsync(string repository, bool untagged = false)
    {
        var source = Open();
        return await source.ListImagesAsync(RepositoryName.Parse(repository), untagged, CancellationToken.None).ToListAsync();
    }

    /// <summary>The error of the only tag of a repository, whose names must be set.</summary>
    protected async Task<TransferError> ErrorOfTagAsync(string repository, string tag)
    {
        var image = Assert.Single(await ImagesAsync(repository));
        Assert.Equal(tag, image.Name);
        Assert.Null(image.Digest);
        Assert.NotNull(image.Error);
        Assert.Equal(RepositoryName.Parse(repository), image.Error.Repository);
        return image.Error;
    }

    protected async Task<Manifest> ManifestAsync(string repository, Digest digest)
    {
        var source = Open();
        return await source.ReadManifestAsync(RepositoryName.Parse(repository), digest, CancellationToken.None);
    }

    protected async Task<TransferError> ErrorOfManifestAsync(string repository, Digest digest)
    {
        var failure = await Assert.ThrowsAsync<TransferException>(() => ManifestAsync(repository, digest));
        Assert.Equal(RepositoryName.Parse(repository), failure.Error.Repository);
        Assert.Equal(digest, failure.Error.Digest);
        return failure.Error;
    }

    protected async Task<long?> SizeAsync(string repository, Digest digest)
    {
        var source = Open();
        return await source.FindBlobAsync(RepositoryName.Parse(repository), digest, CancellationToken.None);
    }

    protected async Task<string> ContentAsync(string repository, Digest digest, long offset = 0)
    {
        var source = Open();
        await using var content = await source.OpenBlobAsync(RepositoryName.Parse(repository), digest, offset, CancellationToken.None);
        using var reader = new StreamReader(content, Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }

    protected static Digest DigestOf(string content) => Digest.OfSha256(Encoding.UTF8.GetBytes(content));

    /// <summary>Takes all permissions away until the test ends.</summary>
    [SupportedOSPlatform("linux")]
    protected void Close(string path)
    {
        _closed.Push((path, File.GetUnixFileMode(path)));
        File.SetUnixFileMode(path, UnixFileMode.None);
    }

    public void Dispose()
    {
        while (OperatingSystem.IsLinux() && _closed.TryPop(out var closed))
            File.SetUnixFileMode(closed.Path, closed.Mode);
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }
}
