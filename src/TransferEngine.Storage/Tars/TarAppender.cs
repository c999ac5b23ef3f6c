using System.Formats.Tar;
using TransferEngine.Images;

namespace TransferEngine.Storage.Tars;

/// <summary>
/// An archive that grows at its end, <c>FILE.partial</c> until it is finished. A member that breaks off is cut away again; so is what a
/// killed process left of one. One member at a time: the caller sees to it.
/// </summary>
internal sealed class TarAppender : IDisposable
{
    public const string Suffix = ".partial";

    private const int Block = 512;
    private const UnixFileMode FileMode644 = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode FolderMode755 = FileMode644 | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly FileStream _stream;
    private readonly FileOwner? _owner;
    private readonly TimeProvider _time;
    private readonly HashSet<string> _folders = new(StringComparer.Ordinal);
    private long _end;

    // Whether the file ends where its last whole member does.
    private bool _isCut;

    // Thrown away with what could not be written, as on a full disk: a stream's own buffer would try that again for ever.
    private BufferedStream _buffer;
    private TarWriter _writer;

    private TarAppender(FileStream stream, string path, FileOwner? owner, TimeProvider time)
    {
        (_stream, _owner, _time) = (stream, owner, time);
        (_buffer, _writer) = Buffer(stream);
        Contents = new GrowingTarReader(stream.SafeFileHandle, path);
    }

    /// <summary>What is in it so far.</summary>
    public GrowingTarReader Contents { get; }

    /// <summary>
    /// Opens what an earlier run has left of <paramref name="path"/>, else a copy of the finished archive, else an empty file. It stays as it
    /// is until something is appended.
    /// </summary>
    /// <exception cref="TransferException">It is no archive, or a finished one that can't be read to its end.</exception>
    /// <exception cref="IOException">It can't be opened, or another process writes it.</exception>
    public static TarAppender Open(string path, FileOwner? owner, TimeProvider time)
    {
        var isCopy = !File.Exists(path + Suffix) && File.Exists(path);
        if (isCopy)
            CopyFinished(path);
        var handle = File.OpenHandle(path + Suffix, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        var appender = new TarAppender(new FileStream(handle, FileAccess.ReadWrite, bufferSize: 0), path + Suffix, owner, time);
        try
        {
            if (appender.ReadBack() || !isCopy)
                return appender;
            throw new TransferException(new TransferError(ErrorCode.TargetUnwritable, "The archive is there already, and can't be read to its end: nothing is added to it.")
            { Scope = ErrorScope.Endpoint, Path = path, Hint = "Name another file, or take this one away." });
        }
        catch
        {
            appender.Dispose();
            if (isCopy)
                File.Delete(path + Suffix);
            throw;
        }
    }

    // Under a third name until it is whole: what is missing from a partial file counts as never written.
    private static void CopyFinished(string path)
    {
        var copy = $"{path}{Suffix}.{Guid.NewGuid():N}.tmp";
        try
        {
            File.Copy(path, copy);
            File.Move(copy, path + Suffix);
        }
        catch
        {
            File.Delete(copy);
            throw;
        }
    }

    /// <summary>Appends a member, with the folders above it where an owner is told, as nobody else could give it to them.</summary>
    /// <param name="name">Below the archive's top.</param>
    /// <param name="content">Seekable or at least of known length; read to its end.</param>
    /// <param name="isSound">Asked when all is read: false cuts the member away again. Null: it can't be otherwise.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>False if it was not sound.</returns>
    public async Task<bool> AppendAsync(string name, Stream content, Func<bool>? isSound, CancellationToken cancellationToken)
    {
        var start = _end;
        var isWhole = false;
        if (!_isCut)
            CutTo(start);
        try
        {
            if (_owner is not null)
                AppendFolders(name);
            var entry = Entry(TarEntryType.RegularFile, name, FileMode644);
            entry.DataStream = content;
            await _writer.WriteEntryAsync(entry, cancellationToken).ConfigureAwait(false);
            // What does not get out of the buffer, as on a full disk, is not in the archive.
            await _buffer.FlushAsync(cancellationToken).ConfigureAwait(false);
            isWhole = isSound?.Invoke() ?? true;
        }
        finally
        {
            if (!isWhole)
                CutTo(start);
        }
        if (isWhole)
        {
            _end = _stream.Position;
            Contents.Add(name, _end - RoundUp(content.Length), content.Length);
        }
        return isWhole;
    }

    /// <summary>Writes the end, and gives the archive its name.</summary>
    public void Complete(string path)
    {
        CutTo(_end);
        _stream.Write(new byte[2 * Block]);
        _stream.Flush(flushToDisk: true);
        File.Move(path + Suffix, path, overwrite: true);
    }

    // Not the writer, which would put an end behind whatever stands there.
    public void Dispose() => _stream.Dispose();

    private void AppendFolders(string name)
    {
        for (var slash = name.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = name.IndexOf('/', slash + 1))
            if (_folders.Add(name[..slash]))
                _writer.WriteEntry(Entry(TarEntryType.Directory, name[..slash] + "/", FolderMode755));
    }

    private PaxTarEntry Entry(TarEntryType type, string name, UnixFileMode mode) => new(type, name)
    {
        Mode = mode,
        ModificationTime = DateTimeOffset.FromUnixTimeSeconds(_time.GetUtcNow().ToUnixTimeSeconds()),
        Uid = (int)(_owner?.User ?? 0),
        Gid = (int)(_owner?.Group ?? 0),
    };

    private void CutTo(long length)
    {
        // The folders before the member went with it.
        _folders.Clear();
        _isCut = false;
        (_buffer, _writer) = Buffer(_stream);
        _stream.SetLength(length);
        _stream.Position = length;
        _isCut = true;
    }

    private static (BufferedStream Buffer, TarWriter Writer) Buffer(FileStream stream)
    {
        var buffer = new BufferedStream(stream, 128 * 1024);
        return (buffer, new TarWriter(buffer, TarEntryFormat.Pax, leaveOpen: true));
    }

    /// <returns>False if what is behind the last whole member could not be read.</returns>
    private bool ReadBack()
    {
        RefuseOtherFile();
        try
        {
            using var reader = new TarReader(_stream, leaveOpen: true);
            while (reader.GetNextEntry(copyData: false) is { } entry)
            {
                // Behind a header without content the reader stands at its end.
                var end = entry.Length > 0 ? entry.DataOffset + RoundUp(entry.Length) : _stream.Position;
                if (end > _stream.Length)
                    return false;
                if (entry.EntryType == TarEntryType.RegularFile)
                    Contents.Add(entry.Name, end - RoundUp(entry.Length), entry.Length);
                _end = end;
            }
            return true;
        }
        // In these ways the framework's reader tells that it was cut short, or of members that it does not know.
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException or InvalidOperationException or NotSupportedException)
        {
            return false;
        }
    }

    /// <summary>What does not begin as we would begin it is not cut away: it may be somebody's.</summary>
    private void RefuseOtherFile()
    {
        var magic = new byte[5];
        if (_stream.Length < Block || (RandomAccess.Read(_stream.SafeFileHandle, magic, 257) == 5 && magic.AsSpan().SequenceEqual("ustar"u8)))
            return;
        throw new TransferException(new TransferError(ErrorCode.TargetUnwritable, "This is where the archive is written, and there is a file that is no part of one.")
        {
            Scope = ErrorScope.Endpoint,
            Path = Contents.LocalPath,
            Hint = "Take it away.",
        });
    }

    private static long RoundUp(long length) => (length + Block - 1) / Block * Block;
}
