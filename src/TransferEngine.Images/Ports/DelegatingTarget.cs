using System.IO.Pipelines;

namespace TransferEngine.Images;

/// <summary>A target that is another one but for what is overridden; see <see cref="DelegatingSource"/>.</summary>
public abstract class DelegatingTarget : IImageTarget
{
    /// <summary>The target behind this one. May be known only after <see cref="CheckAsync"/>.</summary>
    protected abstract IImageTarget Inner { get; }

    public virtual string Endpoint => Inner.Endpoint;

    public virtual bool CanMergeNames => Inner.CanMergeNames;

    public virtual string? LocalPath => Inner.LocalPath;

    public virtual RegistryPlace? Registry => Inner.Registry;

    public virtual IReadOnlyList<string> Notes => Inner.Notes;

    public virtual RepositoryName MapRepository(RepositoryName source) => Inner.MapRepository(source);

    public virtual Task CheckAsync(CancellationToken cancellationToken) => Inner.CheckAsync(cancellationToken);

    public virtual Task<IReadOnlySet<Tag>?> ListTagsAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        Inner.ListTagsAsync(repository, cancellationToken);

    public virtual Task<IReadOnlyDictionary<Tag, Digest>?> ListTagDigestsAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        Inner.ListTagDigestsAsync(repository, cancellationToken);

    public virtual Task<Digest?> HeadManifestAsync(RepositoryName repository, Reference reference, CancellationToken cancellationToken) =>
        Inner.HeadManifestAsync(repository, reference, cancellationToken);

    public virtual Task<long?> HeadBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        Inner.HeadBlobAsync(repository, digest, cancellationToken);

    public virtual Task<MountResult> MountBlobAsync(RepositoryName repository, Digest digest, RepositoryName from, CancellationToken cancellationToken) =>
        Inner.MountBlobAsync(repository, digest, from, cancellationToken);

    public virtual bool TakesFiles => Inner.TakesFiles;

    public virtual Task<bool> TakeFileAsync(RepositoryName repository, Descriptor blob, BlobFile file, CancellationToken cancellationToken) =>
        Inner.TakeFileAsync(repository, blob, file, cancellationToken);

    public virtual Task<UploadSession> StartUploadAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        Inner.StartUploadAsync(repository, cancellationToken);

    public virtual Task PutBlobAsync(UploadSession session, Descriptor blob, PipeReader content, CancellationToken cancellationToken) =>
        Inner.PutBlobAsync(session, blob, content, cancellationToken);

    public virtual Task<UploadSession?> FindUploadAsync(UploadSession session, CancellationToken cancellationToken) =>
        Inner.FindUploadAsync(session, cancellationToken);

    public virtual Task CancelUploadAsync(UploadSession session, CancellationToken cancellationToken) =>
        Inner.CancelUploadAsync(session, cancellationToken);

    public virtual ValueTask<IDisposable?> EnterManifestPushAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        Inner.EnterManifestPushAsync(repository, cancellationToken);

    public virtual Task PutManifestAsync(RepositoryName repository, Reference reference, Manifest manifest, CancellationToken cancellationToken) =>
        Inner.PutManifestAsync(repository, reference, manifest, cancellationToken);

    public virtual ValueTask<BlobContentStream?> ReadBackAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        Inner.ReadBackAsync(repository, digest, cancellationToken);

    public virtual ValueTask<BlobFile?> FindFileAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        Inner.FindFileAsync(repository, digest, cancellationToken);

    public virtual Task CompleteAsync(CancellationToken cancellationToken) => Inner.CompleteAsync(cancellationToken);

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return Inner.DisposeAsync();
    }
}
