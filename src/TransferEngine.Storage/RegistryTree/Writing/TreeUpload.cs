using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using TransferEngine.Images;

namespace TransferEngine.Storage.RegistryTree;

/// <summary>
/// An upload session, <c>_uploads/ID/data</c> in its repository's folder. Its length is what the file holds, so that it outlives the
/// process. One request at a time may use it: <see cref="TryEnter"/> and <see cref="Leave"/>.
/// </summary>
public sealed class TreeUpload
{
    private readonly string _folder;
    private IncrementalHash? _sha256;
    private int _entered;

    /// <param name="repository">Whom it belongs to.</param>
    /// <param name="id">A UUID.</param>
    /// <param name="folder">Its own folder, which exists.</param>
    internal TreeUpload(RepositoryName repository, string id, string folder)
    {
        (Repository, Id, _folder) = (repository, id, folder);
        var file = new FileInfo(DataPath);
        Length = file.Exists ? file.Length : 0;
        // Of what an earlier process wrote nothing is known: that is hashed when it is committed.
        _sha256 = Length == 0 ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
    }

    public RepositoryName Repository { get; }

    public string Id { get; }

    /// <summary>Bytes received so far.</summary>
    public long Length { get; private set; }

    internal string DataPath => Path.Join(_folder, BlobStore.Data);

    internal DateTimeOffset LastUsed { get; set; }

    /// <summary>Committed or cancelled: there is nothing to append to any more.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>False while another request uses the session.</summary>
    public bool TryEnter() => Interlocked.CompareExchange(ref _entered, 1, 0) == 0;

    public void Leave() => Volatile.Write(ref _entered, 0);

    /// <summary>Appends to the end of the content. What arrived before a failure stays: the client may go on from there.</summary>
    /// <param name="content">Read to its end, unless there is too much of it.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <param name="maxLength">Bytes that the session may have in the end.</param>
    /// <returns>False if there was more.</returns>
    /// <exception cref="TransferException"><see cref="ErrorCode.TargetUnwritable"/> or <see cref="ErrorCode.TargetFull"/>.</exception>
    public async Task<bool> AppendAsync(PipeReader content, CancellationToken cancellationToken, long maxLength = long.MaxValue)
    {
        using var file = Try(() => File.OpenHandle(DataPath, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read));
        var segments = new List<ReadOnlyMemory<byte>>();
        for (var isCompleted = false; !isCompleted;)
        {
            var read = await content.ReadAsync(cancellationToken).ConfigureAwait(false);
            isCompleted = read.IsCompleted;
            if (read.Buffer.Length > maxLength - Length)
                return false;
            segments.Clear();
            foreach (var segment in read.Buffer)
                segments.Add(segment);
            var offset = Length;
            try
            {
                RandomAccess.Write(file, segments, offset);
            }
            catch (Exception e) when (TreeErrors.IsFileTrouble(e))
            {
                throw TreeErrors.Unwritable(DataPath, e);
            }
            foreach (var segment in segments)
                _sha256?.AppendData(segment.Span);
            Length = offset + read.Buffer.Length;
            content.AdvanceTo(read.Buffer.End);
        }
        return true;
    }

    /// <summary>Whether the content has this digest, and its sha256, by which the store keeps it.</summary>
    internal (bool Matches, Digest Canonical) Verify(Digest digest)
    {
        var sha256 = _sha256 is { } known ? Digest.OfHash(known) : HashFile(HashAlgorithmName.SHA256);
        return (digest == sha256 || (digest.Algorithm == "sha512" && digest == HashFile(HashAlgorithmName.SHA512)), sha256);
    }

    /// <summary>Makes the file hold just the content, on the disk.</summary>
    internal void Flush()
    {
        using var file = File.OpenHandle(DataPath, FileMode.OpenOrCreate, FileAccess.Write);
        // A write that failed midway may have left more than was counted.
        if (RandomAccess.GetLength(file) != Length)
            RandomAccess.SetLength(file, Length);
        RandomAccess.FlushToDisk(file);
    }

    internal void Delete()
    {
        IsEnded = true;
        _sha256?.Dispose();
        _sha256 = null;
        Directory.Delete(_folder, recursive: true);
    }

    private Digest HashFile(HashAlgorithmName algorithm)
    {
        using var hash = IncrementalHash.CreateHash(algorithm);
        using var file = Try(() => new FileStream(DataPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0));
        var buffer = ArrayPool<byte>.Shared.Rent(256 * 1024);
        for (long left = Length; left > 0;)
        {
            var count = file.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
            if (count == 0)
                break;
            hash.AppendData(buffer, 0, count);
            left -= count;
        }
        ArrayPool<byte>.Shared.Return(buffer);
        return Digest.OfHash(hash);
    }

    private T Try<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e))
        {
            throw TreeErrors.Unwritable(DataPath, e);
        }
    }
}
