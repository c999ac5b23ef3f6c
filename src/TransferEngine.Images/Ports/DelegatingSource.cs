namespace TransferEngine.Images;

/// <summary>
/// A source that is another one but for what is overridden. Every wrapper is made of it, so that no member of the port is lost on the
/// way: a default of the interface would hide what the wrapped source can do.
/// </summary>
public abstract class DelegatingSource(IImageSource source) : IImageSource
{
    protected IImageSource Inner { get; } = source;

    public virtual string Endpoint => Inner.Endpoint;

    public virtual TransferError? Damage => Inner.Damage;

    public virtual string? LocalPath => Inner.LocalPath;

    public virtual RegistryPlace? Registry => Inner.Registry;

    public virtual IReadOnlyList<string> Notes => Inner.Notes;

    public virtual IAsyncEnumerable<SourceRepository> ListRepositoriesAsync(CancellationToken cancellationToken) => Inner.ListRepositoriesAsync(cancellationToken);

    public virtual IAsyncEnumerable<SourceImage> ListImagesAsync(RepositoryName repository, bool untagged, CancellationToken cancellationToken) =>
        Inner.ListImagesAsync(repository, untagged, cancellationToken);

    public virtual IAsyncEnumerable<string> ListNamesAsync(RepositoryName repository, bool untagged, CancellationToken cancellationToken) =>
        Inner.ListNamesAsync(repository, untagged, cancellationToken);

    public virtual ValueTask<SourceImage?> FindImageAsync(RepositoryName repository, Reference reference, CancellationToken cancellationToken) =>
        Inner.FindImageAsync(repository, reference, cancellationToken);

    public virtual ValueTask<Manifest> ReadManifestAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        Inner.ReadManifestAsync(repository, digest, cancellationToken);

    public virtual IAsyncEnumerable<Digest> ListReferrersAsync(RepositoryName repository, Digest subject, CancellationToken cancellationToken) =>
        Inner.ListReferrersAsync(repository, subject, cancellationToken);

    public virtual ValueTask<long?> FindBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        Inner.FindBlobAsync(repository, digest, cancellationToken);

    public virtual ValueTask<BlobContentStream> OpenBlobAsync(RepositoryName repository, Digest digest, long offset, CancellationToken cancellationToken) =>
        Inner.OpenBlobAsync(repository, digest, offset, cancellationToken);

    public virtual ValueTask<BlobFile?> FindFileAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        Inner.FindFileAsync(repository, digest, cancellationToken);

    public virtual string? Locate(RepositoryName repository, Digest digest) => Inner.Locate(repository, digest);

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return Inner.DisposeAsync();
    }
}
