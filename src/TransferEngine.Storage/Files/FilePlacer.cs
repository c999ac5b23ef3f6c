using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;
using TransferEngine.Images;

namespace TransferEngine.Storage.Files;

/// <summary>
/// Puts files of this machine to other places: by hard link, reflink or copy, whichever is told or goes first. A file appears at
/// its place whole or not at all; what a kill leaves is a <c>NAME.GUID.tmp</c>. May be used concurrently.
/// </summary>
/// <param name="mode">What may be done.</param>
/// <param name="owner">
/// Whom clones and copies are given to. A hard link shares its owner with the source, which is never changed: files of another owner are
/// linked only if hard links are told.
/// </param>
/// <param name="work">A folder on the target's file system for what is not finished; null for the destination's own.</param>
internal sealed class FilePlacer(LinkMode mode, FileOwner? owner = null, string? work = null)
{
    private const int BufferBytes = 1024 * 1024;

    // Why files were copied though a link was wanted, and how many.
    private readonly ConcurrentDictionary<string, (long Count, long Bytes)> _reasons = new();
    private long _linked;
    private long _cloned;
    private long _copied;
    private long _copiedBytes;
    private long _keptOwner;

    public long Linked => Volatile.Read(ref _linked);

    public long Cloned => Volatile.Read(ref _cloned);

    public long Copied => Volatile.Read(ref _copied);

    public long CopiedBytes => Volatile.Read(ref _copiedBytes);

    /// <summary>What did not go as one would like, in whole sentences.</summary>
    public IReadOnlyList<string> Notes
    {
        get
        {
            List<string> notes = [.. _reasons.OrderBy(reason => reason.Key, StringComparer.Ordinal)
                .Select(reason => $"{Blobs(reason.Value.Count)} copied, {reason.Value.Bytes} bytes: {reason.Key}.")];
            if (Volatile.Read(ref _keptOwner) is > 0 and var kept)
                notes.Add($"{Blobs(kept)} linked with the owner of the source's file, not {owner}: the two names share one file.");
            return notes;
        }
    }

    /// <summary>Puts a file to its place, whose folder exists. A file of the same length that is there already is left alone.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.TargetUnwritable"/>: the one way that was told is not possible.</exception>
    /// <exception cref="IOException">Source or destination fail.</exception>
    /// <exception cref="UnauthorizedAccessException">Source or destination are not accessible.</exception>
    public void Place(string source, string destination)
    {
        if (new FileInfo(destination) is { Exists: true } there && there.Length == new FileInfo(source).Length)
            return;
        var whyNotLinked = mode is LinkMode.Auto or LinkMode.Hard ? TryLink(source, destination) : null;
        if (whyNotLinked is null && mode is LinkMode.Auto or LinkMode.Hard)
            Interlocked.Increment(ref _linked);
        else if (mode == LinkMode.Hard)
            throw Impossible(destination, "a hard link", whyNotLinked!);
        else
            CloneOrCopy(source, destination, whyNotLinked);
    }

    /// <summary>Null if it was linked, else why not.</summary>
    private string? TryLink(string source, string destination)
    {
        var isOthers = owner is { } wanted && Native.OwnerOf(source) != wanted;
        if (isOthers && mode == LinkMode.Auto)
            return "a link could not be given to another owner without the source's file";
        var error = Native.Link(source, destination);
        if (error != 0 && File.Exists(destination))
            error = LinkOver(source, destination);
        // A copy would need even more.
        if (error is Native.NoSpace or Native.QuotaExceeded)
            throw new IOException($"There is no room for a link to {source}.", error);
        if (error == 0 && isOthers)
            Interlocked.Increment(ref _keptOwner);
        return error switch
        {
            0 => null,
            Native.OtherFileSystem => "source and target lie on different file systems",
            Native.NotPermitted => "the system does not let this user link them, or the file system knows no links",
            Native.TooManyLinks => "the file system allows no more links to them",
            _ => "the file system did not link them",
        };
    }

    private int LinkOver(string source, string destination)
    {
        var temporary = Temporary(destination);
        if (Native.Link(source, temporary) is not 0 and var error)
            return error;
        File.Move(temporary, destination, overwrite: true);
        // Renaming one name of a file to another name of the same file does nothing (rename(2)).
        File.Delete(temporary);
        return 0;
    }

    private void CloneOrCopy(string source, string destination, string? whyNotLinked)
    {
        var temporary = Temporary(destination);
        try
        {
            using var from = File.OpenHandle(source, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using (var to = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                Fill(from, to, destination, whyNotLinked);
                RandomAccess.FlushToDisk(to);
            }
            owner?.Give(temporary);
            File.Move(temporary, destination, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private void Fill(SafeFileHandle from, SafeFileHandle to, string destination, string? whyNotLinked)
    {
        if (mode != LinkMode.Copy && Native.Clone(from, to) == 0)
        {
            Interlocked.Increment(ref _cloned);
            return;
        }
        if (mode == LinkMode.Reflink)
            throw Impossible(destination, "a reflink", "the file systems do not share blocks between these files");
        var length = Copy(from, to);
        Interlocked.Increment(ref _copied);
        Interlocked.Add(ref _copiedBytes, length);
        if (whyNotLinked is not null)
            _reasons.AddOrUpdate(whyNotLinked, (1, length), (_, sum) => (sum.Count + 1, sum.Bytes + length));
    }

    private static long Copy(SafeFileHandle from, SafeFileHandle to)
    {
        var length = RandomAccess.GetLength(from);
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(length, BufferBytes));
        try
        {
            long done = 0;
            for (int count; done < length && (count = RandomAccess.Read(from, buffer, done)) > 0; done += count)
                RandomAccess.Write(to, buffer.AsSpan(0, count), done);
            return done >= length ? done : throw new EndOfStreamException("The source's file became shorter while it was copied.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static TransferException Impossible(string destination, string what, string why) =>
        new(new TransferError(ErrorCode.TargetUnwritable, $"It can't be {what}: {why}.")
        {
            Path = destination,
            Hint = "Use --link auto, which copies what can't be linked.",
        });

    private static string Blobs(long count) => count == 1 ? "1 blob was" : $"{count} blobs were";

    private string Temporary(string destination) => $"{(work is null ? destination : Path.Join(work, Path.GetFileName(destination)))}.{Guid.NewGuid():N}.tmp";
}
