using System.Buffers;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.DockerArchives;

/// <summary>A file in the partial archive.</summary>
/// <param name="Name">The member's name.</param>
/// <param name="Digest">Of its content, sha256.</param>
/// <param name="Length">Bytes of its content.</param>
internal sealed record StagedMember(string Name, Digest Digest, long Length);

/// <summary>
/// The archive while it grows, <c>FILE.partial</c>: members are appended one at a time, each content once, and count only when they are
/// whole. Not for concurrent use, but for <see cref="Read"/>.
/// </summary>
internal sealed class PartialArchive : IDisposable
{
    private const int Piece = 256 * 1024;

    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly ConcurrentDictionary<Digest, (StagedMember Member, long Offset)> _members = new();
    private readonly List<Digest> _order = [];
    private long _end;

    private PartialArchive(SafeFileHandle file, string path) => (_file, _path) = (file, path);

    /// <summary>What a killed run left under this name is written over: it can't be told what of it is whole.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.TargetUnwritable"/>.</exception>
    public static PartialArchive Create(string path) =>
        Try(path, () => new PartialArchive(File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None), path));

    /// <summary>Appends a content, unless there is a member that has the same.</summary>
    /// <param name="content">Read to its end.</param>
    /// <param name="extension">Of the member's name, behind the hex digits of its digest.</param>
    /// <param name="verify">Called at the end of the content; what it throws makes the member go away again.</param>
    /// <param name="cancellationToken">Makes the member go away, too.</param>
    public async Task<StagedMember> AppendAsync(Stream content, string extension, Func<Task> verify, CancellationToken cancellationToken)
    {
        var isWhole = false;
        try
        {
            var (digest, length) = await CopyAsync(content, _end + MemberHeader.Size, cancellationToken);
            await verify();
            isWhole = !_members.ContainsKey(digest);
            return isWhole ? Commit(new StagedMember(digest.Hex + extension, digest, length)) : _members[digest].Member;
        }
        finally
        {
            if (!isWhole)
                Try(_path, () => RandomAccess.SetLength(_file, _end));
        }
    }

    /// <summary>A member's content.</summary>
    public byte[] Read(StagedMember member)
    {
        var bytes = new byte[member.Length];
        var done = 0;
        while (done < bytes.Length && Try(_path, () => RandomAccess.Read(_file, bytes.AsSpan(done), _members[member.Digest].Offset + done)) is > 0 and var read)
            done += read;
        return bytes;
    }

    /// <summary>Leaves out the members that nobody needs, and moves the others together, which can take long: all of them may have to move.</summary>
    /// <param name="isNeeded">The others are gone from now on.</param>
    /// <param name="cancellationToken">Stops between two members; what is left to do is done by the next call.</param>
    public void Compact(Func<StagedMember, bool> isNeeded, CancellationToken cancellationToken)
    {
        var buffer = new byte[Piece];
        long end = 0;
        foreach (var digest in _order.ToList())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (member, offset) = _members[digest];
            if (!isNeeded(member))
            {
                _members.TryRemove(digest, out _);
                _order.Remove(digest);
                continue;
            }
            var from = offset - MemberHeader.Size;
            var length = MemberHeader.Size + Padded(member.Length);
            if (from != end)
                Move(from, end, length, buffer);
            _members[digest] = (member, end + MemberHeader.Size);
            end += length;
        }
        _end = end;
    }

    /// <summary>A member of its own name, in memory as a whole.</summary>
    public void Append(string name, ReadOnlySpan<byte> content)
    {
        var padded = new byte[MemberHeader.Size + Padded(content.Length)];
        MemberHeader.Of(name, content.Length).CopyTo(padded, 0);
        content.CopyTo(padded.AsSpan(MemberHeader.Size));
        Try(_path, () => RandomAccess.Write(_file, padded, _end));
        _end += padded.Length;
    }

    /// <summary>Ends the archive and gives it its name.</summary>
    public void Complete(string path) => Try(path, () =>
    {
        // Two empty blocks are a tar's end.
        RandomAccess.Write(_file, new byte[2 * MemberHeader.Size], _end);
        RandomAccess.SetLength(_file, _end + (2 * MemberHeader.Size));
        RandomAccess.FlushToDisk(_file);
        _file.Dispose();
        File.Move(_path, path, overwrite: false);
    });

    /// <summary>Removes the file if it was not completed.</summary>
    public void Dispose()
    {
        if (_file.IsClosed)
            return;
        _file.Dispose();
        File.Delete(_path);
    }

    private async Task<(Digest Digest, long Length)> CopyAsync(Stream content, long start, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(Piece);
        try
        {
            long length = 0;
            for (int read; (read = await content.ReadAsync(buffer, cancellationToken)) > 0; length += read)
            {
                hash.AppendData(buffer, 0, read);
                Try(_path, () => RandomAccess.Write(_file, buffer.AsSpan(0, read), start + length));
            }
            return (Digest.OfHash(hash), length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private StagedMember Commit(StagedMember member)
    {
        var offset = _end + MemberHeader.Size;
        var end = offset + Padded(member.Length);
        Try(_path, () =>
        {
            RandomAccess.Write(_file, MemberHeader.Of(member.Name, member.Length), _end);
            RandomAccess.SetLength(_file, end);
        });
        _members[member.Digest] = (member, offset);
        _order.Add(member.Digest);
        _end = end;
        return member;
    }

    // Towards the front, so that nothing is written over before it was read.
    private void Move(long from, long to, long length, byte[] buffer) => Try(_path, () =>
    {
        for (long done = 0; done < length;)
        {
            var read = RandomAccess.Read(_file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - done)), from + done);
            if (read == 0)
                throw new EndOfStreamException();
            RandomAccess.Write(_file, buffer.AsSpan(0, read), to + done);
            done += read;
        }
    });

    private static long Padded(long length) => (length + MemberHeader.Size - 1) / MemberHeader.Size * MemberHeader.Size;

    private static void Try(string path, Action action) => Try(path, () =>
    {
        action();
        return true;
    });

    private static T Try<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e))
        {
            // One file takes all: what fails for one member fails for the next.
            throw TreeErrors.Unwritable(path, e).At(ErrorScope.Endpoint);
        }
    }
}
