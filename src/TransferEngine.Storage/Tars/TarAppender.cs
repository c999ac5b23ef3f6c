using System.Formats.Tar;
using System.IO.Pipelines;
using TransferEngine.Images;

namespace TransferEngine.Storage.Tars;

/// <summary>Where a member's bytes are in a tar that is being written.</summary>
internal readonly record struct TarPlace(long Offset, long Length);

/// <summary>
/// Writes a tar member by member, and goes on with one that a kill left unfinished: what is not whole at its end is cut off. Members are
/// written one at a time, however many ask; a member that fails leaves nothing. The same members give the same bytes.
/// </summary>
internal sealed class TarAppender : IDisposable
{
    private const int Block = 512;
    private const int MaxUstarName = 100;
    private const long MaxUstarLength = (1L << 33) - 1;

    private readonly FileStream _file;
    private readonly TarWriter _writer;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Dictionary<string, TarPlace> _members = new(StringComparer.Ordinal);
    private long _end;

    private TarAppender(FileStream file)
    {
        _file = file;
        FindMembers();
        _file.SetLength(_end);
        _file.Position = _end;
        _writer = new TarWriter(_file, TarEntryFormat.Ustar, leaveOpen: true);
    }

    /// <summary>Bytes of the whole members so far.</summary>
    public long Length => Volatile.Read(ref _end);

    /// <summary>Opens or begins the tar. No other process may write it meanwhile.</summary>
    /// <exception cref="IOException">It can't be opened, or somebody else writes it.</exception>
    public static TarAppender Open(string path)
    {
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        try
        {
            return new TarAppender(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>A whole member; of several with one name the last. Null if there is none.</summary>
    public TarPlace? Find(string name)
    {
        lock (_members)
            return _members.TryGetValue(name, out var place) ? place : null;
    }

    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_members)
                return [.. _members.Keys];
        }
    }

    /// <summary>A member's first bytes.</summary>
    public byte[] ReadStart(TarPlace place, int limit)
    {
        var bytes = new byte[Math.Min(place.Length, limit)];
        var done = 0;
        for (int count; done < bytes.Length && (count = RandomAccess.Read(_file.SafeFileHandle, bytes.AsSpan(done), place.Offset + done)) > 0; done += count)
        {
        }
        return bytes[..done];
    }

    /// <summary>Appends a member from a pipe that gives just as many bytes, and completes the pipe, whatever happens.</summary>
    /// <param name="name">Its name, relative.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="content">The bytes; read to their end.</param>
    /// <param name="digest">What they must hash to, if that is to be checked.</param>
    /// <param name="cancellationToken">Leaves no trace of the member.</param>
    /// <exception cref="TransferException"><see cref="ErrorCode.BlobSizeMismatch"/>, <see cref="ErrorCode.BlobDigestMismatch"/>, or what the pipe failed with.</exception>
    /// <exception cref="IOException">The tar can't be written.</exception>
    public async Task AppendAsync(string name, long length, PipeReader content, Digest? digest, CancellationToken cancellationToken)
    {
        try
        {
            using var hash = digest?.CreateHash();
            await using var member = new TarMemberContent(content, length, hash);
            await AppendAsync(name, member, () => member.Check(digest), cancellationToken);
        }
        finally
        {
            await content.CompleteAsync();
        }
    }

    /// <inheritdoc cref="AppendAsync(string, long, PipeReader, Digest?, CancellationToken)"/>
    public async Task AppendAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        using var member = new MemoryStream(content.ToArray(), writable: false);
        await AppendAsync(name, member, () => { }, cancellationToken);
    }

    /// <inheritdoc cref="AppendAsync(string, long, PipeReader, Digest?, CancellationToken)"/>
    public void Append(string name, byte[] content)
    {
        using var member = new MemoryStream(content, writable: false);
        _turn.Wait();
        try
        {
            _writer.WriteEntry(EntryOf(name, member));
            Take(name, content.Length);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Writes the end of the archive and makes it last. Nothing can be appended after.</summary>
    public void Finish()
    {
        _writer.Dispose();
        // The writer's own end is left out when it had nothing to add.
        RandomAccess.Write(_file.SafeFileHandle, new byte[2 * Block], _end);
        _file.SetLength(_end + (2 * Block));
        _file.Flush(flushToDisk: true);
    }

    /// <summary>Closes the file; unless <see cref="Finish"/> was called, it can be opened again and gone on with.</summary>
    public void Dispose()
    {
        _file.Dispose();
        _turn.Dispose();
    }

    private async Task AppendAsync(string name, Stream content, Action check, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var length = content.Length;
            await _writer.WriteEntryAsync(EntryOf(name, content), cancellationToken);
            check();
            Take(name, length);
        }
        finally
        {
            Leave();
        }
    }

    private void Take(string name, long length)
    {
        lock (_members)
            _members[name] = new TarPlace(_file.Position - Padded(length), length);
        Volatile.Write(ref _end, _file.Position);
    }

    private void Leave()
    {
        // After a failure there may be half a member: the next one takes its place.
        if (_file.Position != _end)
        {
            _file.SetLength(_end);
            _file.Position = _end;
        }
        _turn.Release();
    }

    private static TarEntry EntryOf(string name, Stream content)
    {
        const UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        // Not PAX: the framework puts the process id into its headers, so no two runs would write the same.
        return name.Length <= MaxUstarName && content.Length <= MaxUstarLength
            ? new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = content, Mode = mode, ModificationTime = DateTimeOffset.UnixEpoch }
            : new GnuTarEntry(TarEntryType.RegularFile, name)
            {
                DataStream = content,
                Mode = mode,
                ModificationTime = DateTimeOffset.UnixEpoch,
                AccessTime = DateTimeOffset.UnixEpoch,
                ChangeTime = DateTimeOffset.UnixEpoch,
            };
    }

    private void FindMembers()
    {
        try
        {
            using var reader = new TarReader(_file, leaveOpen: true);
            while (reader.GetNextEntry(copyData: false) is { } entry)
            {
                var hasData = entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile && entry.Length > 0;
                var end = hasData ? entry.DataOffset + Padded(entry.Length) : Padded(_file.Position);
                if (end > _file.Length)
                    return;
                _members[entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name] = new TarPlace(hasData ? entry.DataOffset : end, entry.Length);
                _end = end;
            }
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException or InvalidOperationException)
        {
            // Cut short in the middle of a header: what came before is whole.
        }
    }

    private static long Padded(long length) => (length + Block - 1) / Block * Block;
}
