using System.IO.Pipelines;
using TransferEngine.Images;
using TransferEngine.Registry.Daemon;
using TransferEngine.Storage.DockerArchives;

namespace TransferEngine.Hosting.Spooled;

/// <summary>
/// A docker daemon that loads images: they are put into an archive in a temporary file, which it is given at the end. So it has nothing
/// before all is there, and a run that was killed starts over. What it has afterwards can't be compared with the source: it keeps none
/// of a registry's digests.
/// </summary>
internal sealed class DockerDaemonTarget : IImageTarget
{
    private readonly DaemonApi _api;
    private readonly SpoolFolder _spool = new();
    private readonly string _path;
    private readonly DockerArchiveTarget _archive;
    private long _loaded;

    public DockerDaemonTarget(DaemonEndpoint endpoint)
    {
        _api = new DaemonApi(endpoint);
        _path = _spool.NewFile();
        _archive = DockerArchiveTarget.Create(_path);
        Endpoint = $"docker-daemon: at {endpoint.Text}";
    }

    public string Endpoint { get; }

    public IReadOnlyList<string> Notes => _loaded == 0 ? []
        : [.. _archive.Notes.Select(note => note.Replace("docker archive", "docker daemon", StringComparison.Ordinal)), $"What was loaded took {_loaded:N0} bytes of a temporary file on this machine."];

    public RepositoryName MapRepository(RepositoryName source) => _archive.MapRepository(source);

    public Task CheckAsync(CancellationToken cancellationToken) => _api.PingAsync(cancellationToken);

    public Task<IReadOnlySet<Tag>?> ListTagsAsync(RepositoryName repository, CancellationToken cancellationToken) => _archive.ListTagsAsync(repository, cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="TransferException">Always: see above.</exception>
    public Task<IReadOnlyDictionary<Tag, Digest>?> ListTagDigestsAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        throw new TransferException(new TransferError(ErrorCode.TargetRejected, "A docker daemon keeps no digests of manifests and layers, so it can't be compared with the source.")
        { Scope = ErrorScope.Endpoint, Hint = "Compare image IDs: docker image ls --no-trunc." });

    public Task<Digest?> HeadManifestAsync(RepositoryName repository, Reference reference, CancellationToken cancellationToken) =>
        _archive.HeadManifestAsync(repository, reference, cancellationToken);

    public Task<long?> HeadBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) => _archive.HeadBlobAsync(repository, digest, cancellationToken);

    public Task<MountResult> MountBlobAsync(RepositoryName repository, Digest digest, RepositoryName from, CancellationToken cancellationToken) =>
        _archive.MountBlobAsync(repository, digest, from, cancellationToken);

    public Task<UploadSession> StartUploadAsync(RepositoryName repository, CancellationToken cancellationToken) => _archive.StartUploadAsync(repository, cancellationToken);

    public Task PutBlobAsync(UploadSession session, Descriptor blob, PipeReader content, CancellationToken cancellationToken) =>
        _archive.PutBlobAsync(session, blob, content, cancellationToken);

    public Task<UploadSession?> FindUploadAsync(UploadSession session, CancellationToken cancellationToken) => _archive.FindUploadAsync(session, cancellationToken);

    public Task CancelUploadAsync(UploadSession session, CancellationToken cancellationToken) => _archive.CancelUploadAsync(session, cancellationToken);

    public Task PutManifestAsync(RepositoryName repository, Reference reference, Manifest manifest, CancellationToken cancellationToken) =>
        _archive.PutManifestAsync(repository, reference, manifest, cancellationToken);

    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        await _archive.CompleteAsync(cancellationToken);
        if (!File.Exists(_path))
            return;
        await using var content = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        var length = content.Length;
        await _api.LoadAsync(content, cancellationToken);
        _loaded = length;
    }

    public async ValueTask DisposeAsync()
    {
        await _archive.DisposeAsync();
        _api.Dispose();
        _spool.Dispose();
    }
}
