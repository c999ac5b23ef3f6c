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
internal sealed class DockerDaemonTarget : DelegatingTarget
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

    public override string Endpoint { get; }

    // The temporary archive is nobody else's business.
    public override string? LocalPath => null;

    protected override IImageTarget Inner => _archive;

    public override IReadOnlyList<string> Notes => _loaded == 0 ? []
        : [.. _archive.Notes.Select(note => note.Replace("docker archive", "docker daemon", StringComparison.Ordinal)), $"What was loaded took {_loaded:N0} bytes of a temporary file on this machine."];

    public override Task CheckAsync(CancellationToken cancellationToken) => _api.PingAsync(cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="TransferException">Always: see above.</exception>
    public override Task<IReadOnlyDictionary<Tag, Digest>?> ListTagDigestsAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        throw new TransferException(new TransferError(ErrorCode.TargetRejected, "A docker daemon keeps no digests of manifests and layers, so it can't be compared with the source.")
        { Scope = ErrorScope.Endpoint, Hint = "Compare image IDs: docker image ls --no-trunc." });

    public override Task PutBlobAsync(UploadSession session, Descriptor blob, PipeReader content, CancellationToken cancellationToken) =>
        SpoolAsync(() => base.PutBlobAsync(session, blob, content, cancellationToken));

    public override async Task CompleteAsync(CancellationToken cancellationToken)
    {
        await SpoolAsync(() => base.CompleteAsync(cancellationToken));
        if (!File.Exists(_path))
            return;
        await using var content = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        var length = content.Length;
        await _api.LoadAsync(content, cancellationToken);
        _loaded = length;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _api.Dispose();
        _spool.Dispose();
    }

    /// <summary>A disk that is full is this machine's here, and not the target's.</summary>
    private static async Task SpoolAsync(Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (TransferException e) when (e.Error.Code is ErrorCode.TargetFull or ErrorCode.TargetUnwritable)
        {
            throw new TransferException(e.Error with { Message = $"The images can't be kept on this machine: {e.Error.Message}", Hint = SpoolFolder.MoreRoom }, e);
        }
    }
}
