using System.Runtime.CompilerServices;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Packages;

/// <summary>
/// A package's images. A blob that was left out is found with its size but can't be opened: it has to be mounted from where the base was
/// unpacked (<see cref="PackageBases"/>).
/// </summary>
public sealed class PackageSource : IImageSource
{
    private readonly RegistryTreeSource _tree;
    private readonly PackageIndex _index;
    private readonly Dictionary<RepositoryName, PackageRepository> _repositories;
    private readonly Dictionary<Digest, NeededBlob> _needed;

    internal PackageSource(Package package)
    {
        _index = package.Index;
        // As many members as the index demands, and as many folders' worth of nothing.
        _tree = RegistryTreeSource.OpenTar(package.FilePath, new RegistryTreeOptions { TarMembers = PackageMember.Of(_index).Count() });
        _repositories = _index.Repositories.ToDictionary(repository => repository.Name);
        _needed = _index.Needed.ToDictionary(blob => blob.Digest);
        Endpoint = $"package:{Path.GetFileName(package.FilePath)}@{package.Id}";
    }

    /// <inheritdoc/>
    /// <remarks>By the package's id: wherever the file lies, it is the same job.</remarks>
    public string Endpoint { get; }

    public async IAsyncEnumerable<SourceRepository> ListRepositoriesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var repository in _index.Repositories)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return new SourceRepository(repository.Name.ToString(), repository.Name);
        }
    }

    /// <inheritdoc/>
    /// <remarks>Untagged are those that were packed so; the children of an index come with it.</remarks>
    public async IAsyncEnumerable<SourceImage> ListImagesAsync(RepositoryName repository, bool untagged, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!_repositories.TryGetValue(repository, out var found))
            yield break;
        foreach (var tag in found.Tags)
            yield return new SourceImage(tag.Name.ToString(), tag.Name, tag.Digest);
        foreach (var digest in untagged ? found.Untagged : [])
            yield return new SourceImage(digest.ToString(), null, digest);
    }

    public ValueTask<Manifest> ReadManifestAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        _tree.ReadManifestAsync(repository, digest, cancellationToken);

    public IAsyncEnumerable<Digest> ListReferrersAsync(RepositoryName repository, Digest subject, CancellationToken cancellationToken) =>
        _tree.ListReferrersAsync(repository, subject, cancellationToken);

    public ValueTask<long?> FindBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        _needed.TryGetValue(digest, out var needed) ? ValueTask.FromResult<long?>(needed.Size) : _tree.FindBlobAsync(repository, digest, cancellationToken);

    public ValueTask<BlobContentStream> OpenBlobAsync(RepositoryName repository, Digest digest, long offset, CancellationToken cancellationToken) =>
        _needed.TryGetValue(digest, out var needed)
            ? ValueTask.FromException<BlobContentStream>(new TransferException(new TransferError(ErrorCode.PackageBaseMissing,
                $"The package does not hold the blob {digest} but relies on {PackageBases.Label(_index.Bases[needed.Base])}, and the target would not mount it from {needed.Repository}.")
            {
                Scope = ErrorScope.Blob,
                Repository = repository,
                Digest = digest,
                Hint = "Unpack the base again into the same target, with the same mapping.",
            }))
            : _tree.OpenBlobAsync(repository, digest, offset, cancellationToken);

    public string? Locate(RepositoryName repository, Digest digest) => _tree.Locate(repository, digest);

    public ValueTask DisposeAsync() => _tree.DisposeAsync();
}
