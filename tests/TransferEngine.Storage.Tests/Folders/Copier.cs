using System.IO.Pipelines;
using TransferEngine.Images;

namespace TransferEngine.Storage.Tests.Folders;

/// <summary>Calls a source and a target as the engine does, one image after the other.</summary>
internal sealed class Copier(IImageSource source, IImageTarget target, bool byLink = true)
{
    private readonly Dictionary<Digest, RepositoryName> _placed = [];

    public int Taken { get; private set; }

    public int Uploaded { get; private set; }

    public int Mounted { get; private set; }

    public async Task CopyAllAsync(bool untagged = false)
    {
        await foreach (var repository in source.ListRepositoriesAsync(CancellationToken.None))
            await foreach (var image in source.ListImagesAsync(repository.Repository!.Value, untagged, CancellationToken.None))
                await CopyAsync(repository.Repository!.Value, image);
    }

    public async Task CopyAsync(RepositoryName repository, SourceImage image)
    {
        var manifest = await source.ReadManifestAsync(repository, image.Digest!.Value, CancellationToken.None);
        await PutContentAsync(repository, manifest);
        await target.PutManifestAsync(repository, image.Tag is { } tag ? tag : manifest.Digest, manifest, CancellationToken.None);
    }

    private async Task PutContentAsync(RepositoryName repository, Manifest manifest)
    {
        foreach (var blob in manifest.Blobs.DistinctBy(blob => blob.Digest))
            await PutBlobAsync(repository, blob);
        foreach (var descriptor in manifest.Children)
        {
            var child = await source.ReadManifestAsync(repository, descriptor.Digest, CancellationToken.None);
            await PutContentAsync(repository, child);
            await target.PutManifestAsync(repository, child.Digest, child, CancellationToken.None);
        }
    }

    public async Task PutBlobAsync(RepositoryName repository, Descriptor blob)
    {
        if (_placed.TryGetValue(blob.Digest, out var from))
        {
            Assert.True((await target.MountBlobAsync(repository, blob.Digest, from, CancellationToken.None)).IsMounted);
            Mounted++;
            return;
        }
        _placed[blob.Digest] = repository;
        if (byLink && await source.FindFileAsync(repository, blob.Digest, CancellationToken.None) is { } file && await target.TakeFileAsync(repository, blob, file, CancellationToken.None))
        {
            Taken++;
            return;
        }
        var session = await target.StartUploadAsync(repository, CancellationToken.None);
        await using var content = await source.OpenBlobAsync(repository, blob.Digest, 0, CancellationToken.None);
        await target.PutBlobAsync(session, blob, PipeReader.Create(content), CancellationToken.None);
        Uploaded++;
    }
}
