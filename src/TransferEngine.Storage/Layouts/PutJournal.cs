using System.Text;
using TransferEngine.Images;
using TransferEngine.Storage.Files;

namespace TransferEngine.Storage.Layouts;

/// <summary>One manifest that was put, by tag or digest.</summary>
internal readonly record struct PutRecord(RepositoryName Repository, Reference Reference, Digest Manifest);

/// <summary>
/// What was put since the index was written last, a line each: with it a put is done for good at the price of a line, not of all the
/// index. It is also the lock that lets one process write a layout at a time.
/// </summary>
internal sealed class PutJournal : IDisposable
{
    private readonly string _path;
    private readonly FileStream _file;

    private PutJournal(string path, FileStream file) => (_path, _file) = (path, file);

    /// <exception cref="IOException">It can't be opened, is a link, or another process has it.</exception>
    public static PutJournal Open(string path)
    {
        OwnPlaces.RefuseLink(path);
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        var journal = new PutJournal(path, file);
        journal.CutBrokenLine();
        return journal;
    }

    /// <summary>The lines of a journal that a kill left; none if there is no file. A line that was not finished was never answered for.</summary>
    public static IEnumerable<PutRecord> Read(string path)
    {
        if (!File.Exists(path))
            yield break;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        foreach (var put in Read(file))
            yield return put;
    }

    /// <summary>What stands in it, by the one that holds it.</summary>
    public IReadOnlyList<PutRecord> Read()
    {
        _file.Position = 0;
        List<PutRecord> puts = [.. Read(_file)];
        _file.Position = _file.Length;
        return puts;
    }

    /// <exception cref="IOException">It could not be written; nothing of it is there.</exception>
    public void Append(PutRecord put)
    {
        var before = _file.Length;
        try
        {
            _file.Write(Encoding.ASCII.GetBytes($"{put.Repository} {put.Reference} {put.Manifest}\n"));
        }
        catch
        {
            // Half a line, as on a full disk, would spoil the next one.
            _file.SetLength(before);
            _file.Position = before;
            throw;
        }
    }

    /// <summary>The index has it all.</summary>
    public void Clear() => _file.SetLength(0);

    public void Delete()
    {
        // Before it is closed: who waits for the lock must not find a file that is about to go.
        File.Delete(_path);
        _file.Dispose();
    }

    public void Dispose() => _file.Dispose();

    private static IEnumerable<PutRecord> Read(Stream file)
    {
        using var lines = new StreamReader(file, Encoding.ASCII, leaveOpen: true);
        while (lines.ReadLine() is { } line)
            if (Parse(line) is { } put)
                yield return put;
    }

    private static PutRecord? Parse(string line)
    {
        if (line.Split(' ') is not [var name, var reference, var manifest] || !RepositoryName.TryParse(name, out var repository) || !Digest.TryParse(manifest, out var digest))
            return null;
        return Tag.TryParse(reference, out var tag) ? new PutRecord(repository, tag, digest)
            : Digest.TryParse(reference, out var by) && by == digest ? new PutRecord(repository, digest, digest)
            : null;
    }

    private void CutBrokenLine()
    {
        var length = _file.Length;
        while (length > 0)
        {
            _file.Position = length - 1;
            if (_file.ReadByte() == '\n')
                break;
            length--;
        }
        _file.SetLength(length);
        _file.Position = length;
    }
}
