using System.IO.Compression;
using TransferEngine.Images;
using TransferEngine.Storage.DockerArchives;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Docker;

namespace TransferEngine.Storage.Tests.DockerArchives;

/// <summary>An archive of its own for each test, and shorthands to read it.</summary>
public abstract class ArchiveTest : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    protected string Path => _folder.Of("images.tar");

    protected string InFolder(string name) => _folder.Of(name);

    protected DockerArchiveSource Write(Action<SavedArchive> write)
    {
        using (var archive = new SavedArchive(Path))
            write(archive);
        return DockerArchiveSource.Open(Path);
    }

    /// <summary>Why the archive can't be opened.</summary>
    protected TransferError Refusal(Action<SavedArchive> write, string? reference = null)
    {
        using (var archive = new SavedArchive(Path))
            write(archive);
        var error = Assert.Throws<TransferException>(() => DockerArchiveSource.Open(Path, reference)).Error;
        Assert.Equal(ErrorScope.Endpoint, error.Scope);
        return error;
    }

    /// <summary>Why the only image of the archive can't be taken.</summary>
    protected async Task<TransferError> ErrorOfImageAsync(Action<SavedArchive> write)
    {
        await using var source = Write(write);
        var image = Assert.Single(await ImagesAsync(source, "app"));
        Assert.Null(image.Digest);
        Assert.Equal(RepositoryName.Parse("app"), image.Error!.Repository);
        Assert.Equal(ErrorScope.Image, image.Error.Scope);
        return image.Error;
    }

    protected static async Task<List<string>> RepositoriesAsync(IImageSource source) =>
        await source.ListRepositoriesAsync(default).Select(repository => repository.Name).ToListAsync();

    protected static async Task<List<SourceImage>> ImagesAsync(IImageSource source, string repository) =>
        await source.ListImagesAsync(RepositoryName.Parse(repository), untagged: false, default).ToListAsync();

    protected static async Task<Manifest> ManifestAsync(IImageSource source, string repository, string tag)
    {
        var image = await source.FindImageAsync(RepositoryName.Parse(repository), Tag.Parse(tag), default);
        Assert.NotNull(image);
        Assert.Null(image.Error);
        return await source.ReadManifestAsync(RepositoryName.Parse(repository), image.Digest!.Value, default);
    }

    protected static async Task<byte[]> ReadAsync(IImageSource source, Digest digest, long offset = 0)
    {
        await using var content = await source.OpenBlobAsync(RepositoryName.Parse("app"), digest, offset, default);
        using var buffer = new MemoryStream();
        await content.CopyToAsync(buffer);
        return buffer.ToArray();
    }

    protected static byte[] Gunzip(byte[] content)
    {
        using var unpacked = new MemoryStream();
        using (var gzip = new GZipStream(new MemoryStream(content), CompressionMode.Decompress))
            gzip.CopyTo(unpacked);
        return unpacked.ToArray();
    }

    protected static byte[] Gzip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize))
            gzip.Write(content);
        return packed.ToArray();
    }

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }
}
