using System.Collections.Concurrent;
using System.IO.Compression;
using System.Security.Cryptography;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.DockerArchives;

/// <summary>A layer as a registry takes it.</summary>
/// <param name="Blob">What the manifest says of it.</param>
/// <param name="File">The member that it comes from.</param>
/// <param name="IsAsStored">True if the member is compressed already, and passed on as it is.</param>
internal sealed record PressedLayer(Descriptor Blob, TreeFile File, bool IsAsStored);

/// <summary>
/// Finds out what each layer is when compressed. A manifest can only be written when that is known, so each distinct layer is
/// compressed once for its digest alone, and again when it is sent: processor time for no space on the disk. In the same pass the
/// content is checked against the config's <c>diff_ids</c>. As many layers at once as there are processors.
/// </summary>
internal sealed class LayerPress(ArchiveFile archive) : IAsyncDisposable
{
    private const int Piece = 128 * 1024;

    private readonly SemaphoreSlim _processors = new(Environment.ProcessorCount);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<(string Member, Digest DiffId), Lazy<Task<PressedLayer>>> _layers = new();

    /// <exception cref="TransferException">The layer is not what the config says, or can't be read.</exception>
    public Task<PressedLayer> PressAsync(TreeFile member, Digest diffId, CancellationToken cancellationToken) =>
        // One pass serves all who ask, so none of them can cancel it.
        _layers.GetOrAdd((member.Path, diffId), _ => new Lazy<Task<PressedLayer>>(() => Task.Run(() => RunAsync(member, diffId)))).Value.WaitAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var layer in _layers.Values.Where(layer => layer.IsValueCreated))
            await ((Task)layer.Value).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _processors.Dispose();
    }

    private async Task<PressedLayer> RunAsync(TreeFile member, Digest diffId)
    {
        await _processors.WaitAsync(_stop.Token);
        try
        {
            return CompressionMagic.Of(archive.ReadStart(member, CompressionMagic.Length)) switch
            {
                Compression.None => Compress(member, diffId),
                Compression.Gzip => Unpack(member, diffId),
                _ => throw Failed(ErrorCode.SourceUnreadable, member, "The layer is compressed otherwise than by gzip, which a Docker manifest has no name for.",
                    "If the archive has an index.json as well, read it as oci-archive:FILE."),
            };
        }
        catch (InvalidDataException e)
        {
            throw Failed(ErrorCode.SourceUnreadable, member, $"The layer's gzip is damaged: {Printable.Of(e.Message)}", null);
        }
        finally
        {
            _processors.Release();
        }
    }

    private PressedLayer Compress(TreeFile member, Digest diffId)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var unpacked = diffId.CreateHash();
        using var content = new HashingStream(archive.Open(member), unpacked);
        using var compressed = new HashingStream(new CompressingStream(content), hash);
        Drain(compressed);
        return Checked(member, diffId, unpacked, new Descriptor(MediaType.DockerLayerGzip, Digest.OfHash(hash), compressed.Count), isAsStored: false);
    }

    private PressedLayer Unpack(TreeFile member, Digest diffId)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var unpacked = diffId.CreateHash();
        using var stored = new HashingStream(archive.Open(member), hash);
        using (var content = new HashingStream(new GZipStream(stored, CompressionMode.Decompress, leaveOpen: true), unpacked))
            Drain(content);
        // What may stand behind the gzip belongs to the blob.
        Drain(stored);
        return Checked(member, diffId, unpacked, new Descriptor(MediaType.DockerLayerGzip, Digest.OfHash(hash), stored.Count), isAsStored: true);
    }

    private PressedLayer Checked(TreeFile member, Digest diffId, IncrementalHash unpacked, Descriptor blob, bool isAsStored) => diffId.Matches(unpacked)
        ? new PressedLayer(blob, member, isAsStored)
        : throw Failed(ErrorCode.BlobDigestMismatch, member, $"The layer's content is {Digest.OfHash(unpacked)}, but the image's config gives it the diff_id {diffId}: the archive is damaged.",
            "Save the image again.");

    private void Drain(Stream content)
    {
        var buffer = new byte[Piece];
        while (content.Read(buffer) > 0)
            _stop.Token.ThrowIfCancellationRequested();
    }

    private TransferException Failed(string code, TreeFile member, string message, string? hint) =>
        new(new TransferError(code, message) { Path = archive.Shown(member), Hint = hint });
}
