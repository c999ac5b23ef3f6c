using Microsoft.Data.Sqlite;
using TransferEngine.Images;

namespace TransferEngine.Persistence;

/// <summary>
/// What files were found to hold, kept from run to run: one SQLite file beside the jobs, for all of them and for several processes at once.
/// A file is known again by its device, its inode, its length and the time at which its content was last changed. The time at which the
/// inode was changed (ctime) is not looked at: each hard link to a file changes it, and to be linked is what files are hashed for. So a
/// file that somebody writes to, and sets back to its former time, passes for unchanged, and so does one that rots.
/// </summary>
/// <remarks>
/// What is kept only saves time. Where the database can't be had, nothing is known; where it is damaged, it is begun anew; what a killed
/// process had gathered is lost. Nobody is told of any of it.
/// </remarks>
public sealed class SqliteHashedFiles(JobStoreOptions options, TimeProvider time) : IHashedFiles, IDisposable
{
    /// <summary>The database's name in the state folder.</summary>
    public const string FileName = "hashes.db";

    private const int LargestBatch = 4_000;
    private const int BatchesBetweenPruning = 50;

    // So that each use is not a write.
    private const int DaysBetweenNotes = 7;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private readonly Lock _turn = new();
    private readonly Dictionary<HashedFileKey, HashedFile> _batch = [];
    private HashedFileTable? _table;
    private DateTimeOffset _written = time.GetUtcNow();
    private int _batches;
    private bool _isOut;

    private long Today => time.GetUtcNow().ToUnixTimeSeconds() / 86_400;

    public Digest? Find(BlobFile file, string algorithm)
    {
        if (file.Stamp is not { } stamp)
            return null;
        var key = new HashedFileKey(stamp.Device, stamp.Inode, algorithm);
        lock (_turn)
        {
            var kept = _batch.TryGetValue(key, out var fresh) ? fresh : Try(table => table.Find(key));
            if (kept is not { } found || found.Length != file.Length || found.ModifiedAt != stamp.ModifiedAt)
                return null;
            if (found.UsedOn + DaysBetweenNotes <= Today)
                Gather(key, found with { UsedOn = Today });
            return found.Digest;
        }
    }

    public void Add(BlobFile file, Digest digest)
    {
        if (file.Stamp is not { } stamp || !IsSettled(stamp))
            return;
        lock (_turn)
            Gather(new HashedFileKey(stamp.Device, stamp.Inode, digest.Algorithm), new HashedFile(file.Length, stamp.ModifiedAt, digest, Today));
    }

    /// <summary>Writes what has gathered.</summary>
    public void Dispose()
    {
        lock (_turn)
        {
            Write();
            _table?.Dispose();
            (_table, _isOut) = (null, true);
        }
    }

    /// <summary>
    /// A file that was written to a moment ago may be written to again without its time being another one then, as clocks of file
    /// systems tick: every few milliseconds, or once in two seconds where they count whole ones (FAT).
    /// </summary>
    private bool IsSettled(FileStamp stamp)
    {
        var tick = stamp.ModifiedAt % 1_000_000_000 == 0 ? TimeSpan.FromSeconds(2.5) : TimeSpan.FromMilliseconds(50);
        return (time.GetUtcNow() - DateTimeOffset.UnixEpoch - TimeSpan.FromMicroseconds(stamp.ModifiedAt / 1_000)).Duration() > tick;
    }

    private void Gather(HashedFileKey key, HashedFile file)
    {
        _batch[key] = file;
        if (_batch.Count >= LargestBatch || time.GetUtcNow() - _written > LongestWait)
            Write();
    }

    private void Write()
    {
        if (_batch.Count > 0)
            Try(table =>
            {
                table.Put(_batch, _batches++ % BatchesBetweenPruning == 0 ? Today : null);
                return (bool?)true;
            });
        _batch.Clear();
        _written = time.GetUtcNow();
    }

    /// <summary>Null where it can't be done.</summary>
    private T? Try<T>(Func<HashedFileTable, T?> use)
        where T : struct
    {
        for (var isSecondTime = false; !_isOut; isSecondTime = true)
            try
            {
                return use(_table ??= HashedFileTable.Open(Database));
            }
            catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
            {
                _isOut = isSecondTime || e is not SqliteException damage || !SqliteErrors.IsDamage(damage) || !TryBeginAnew();
            }
        return null;
    }

    private string Database => Path.Combine(options.ResolveDirectory(), FileName);

    private bool TryBeginAnew()
    {
        try
        {
            _table?.Dispose();
            _table = null;
            StateFiles.DeleteDatabase(Database);
            return true;
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
