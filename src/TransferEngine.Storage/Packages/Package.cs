using System.Formats.Tar;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Packages;

/// <summary>
/// A package file: a tar of a storage tree that holds the images of a release, without the blobs that an earlier package or an endpoint
/// has already. Apart from its index it is what <c>registry-tar:</c> reads, <c>transfer serve</c> serves and <c>tar -x</c> unpacks into
/// a registry's storage.
/// </summary>
public sealed class Package
{
    internal const string DamageHint = "Copy the package again from where it was made and compare its checksum.";

    // Two million blobs.
    private const int MaxIndexBytes = 256 * 1024 * 1024;

    private Package(string path, PackageIndex index) => (FilePath, Index, Id) = (path, index, index.Id);

    /// <summary>The full path of the file.</summary>
    public string FilePath { get; }

    /// <summary>What the package says of itself.</summary>
    public PackageIndex Index { get; }

    /// <summary><see cref="PackageIndex.Id"/>.</summary>
    public Digest Id { get; }

    /// <summary>Reads the index, and nothing else yet.</summary>
    /// <exception cref="TransferException">
    /// <see cref="ErrorCode.SourceNotFound"/>, <see cref="ErrorCode.SourceUnreadable"/>, or <see cref="ErrorCode.PackageInvalid"/>: no
    /// package, or its index does not match its checksum. All with <see cref="ErrorScope.Endpoint"/>.
    /// </exception>
    public static Package Open(string path)
    {
        path = Path.GetFullPath(path);
        return Guarded(path, () =>
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 64 * 1024);
            using var reader = new TarReader(file, leaveOpen: true);
            var index = PackageIndex.Parse(ReadMember(reader, PackageMember.IndexName, MaxIndexBytes));
            var checksum = PackageMember.Checksum(index);
            if (!ReadMember(reader, checksum.Name, (int)checksum.Size).AsSpan().SequenceEqual(checksum.Content))
                throw Invalid(path, "The package's index does not match its checksum.", DamageHint);
            return new Package(path, index);
        });
    }

    /// <summary>
    /// Compares every byte with what the index and the digests of the contents demand: no member missing, changed, added or named twice.
    /// Reads the file once.
    /// </summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.PackageInvalid"/>, naming the first member that is wrong.</exception>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var file = new FileStream(FilePath, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 64 * 1024);
            using var contents = File.OpenHandle(FilePath);
            var expected = new ComparingStream(file, FilePath);
            await PackageTar.WriteAsync(
                Index, expected,
                (member, _) => ValueTask.FromResult<Stream>(new BlobStream(contents, FilePath, expected.Position, member.Size, ownsHandle: false)),
                member => expected.Member = member.Name,
                cancellationToken);
            expected.End();
        }
        catch (TransferException e) when (e.Error.Code is ErrorCode.BlobDigestMismatch or ErrorCode.BlobSizeMismatch)
        {
            throw new TransferException(e.Error with { Code = ErrorCode.PackageInvalid, Scope = ErrorScope.Endpoint, Path = FilePath, Hint = DamageHint }, e);
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e))
        {
            throw TreeErrors.Unreadable(FilePath, e).At(ErrorScope.Endpoint);
        }
    }

    /// <summary>The package's images as a source; see <see cref="PackageSource"/>. Meant for a package that was checked.</summary>
    /// <exception cref="TransferException">The tar can't be read, with <see cref="ErrorScope.Endpoint"/>.</exception>
    public PackageSource OpenSource() => new(this);

    private static byte[] ReadMember(TarReader reader, string name, int maxBytes)
    {
        if (reader.GetNextEntry(copyData: false) is not { EntryType: TarEntryType.RegularFile or TarEntryType.V7RegularFile } entry || entry.Name != name)
            throw new InvalidDataException($"the member {name} is not where it belongs");
        if (entry.Length > maxBytes)
            throw new InvalidDataException($"the member {name} is too large");
        var bytes = new byte[entry.Length];
        entry.DataStream?.ReadExactly(bytes);
        return bytes;
    }

    private static Package Guarded(string path, Func<Package> open)
    {
        try
        {
            return open();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TransferException(new TransferError(ErrorCode.SourceNotFound, "There is no such file.") { Scope = ErrorScope.Endpoint, Path = path }, e);
        }
        // The framework's reader tells damage in these ways.
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException or InvalidOperationException or ArgumentException)
        {
            throw Invalid(path, $"This is no whole package: {Printable.Of(e.Message)}.", "Packages are written by transfer pack; a tar of a registry's storage is migrated from as registry-tar:FILE.", e);
        }
        catch (TransferException e) when (e.Error.Path is null)
        {
            throw new TransferException(e.Error with { Path = path }, e);
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e))
        {
            throw TreeErrors.Unreadable(path, e).At(ErrorScope.Endpoint);
        }
    }

    private static TransferException Invalid(string path, string message, string hint, Exception? inner = null) =>
        new(new TransferError(ErrorCode.PackageInvalid, message) { Scope = ErrorScope.Endpoint, Path = path, Hint = hint }, inner);
}
