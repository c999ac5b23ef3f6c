using System.Formats.Tar;
using TransferEngine.Images;

namespace TransferEngine.Storage.Packages;

/// <summary>
/// Writes a package's tar. The same index gives the same bytes everywhere: no times, owners or directories, ustar headers, and GNU's
/// where a name or size is too long for them (PAX headers of the framework's writer hold its process id).
/// </summary>
internal static class PackageTar
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const long MaxUstarSize = 0x1_FFFF_FFFF;

    /// <param name="index">What to write.</param>
    /// <param name="output">Where to; not closed.</param>
    /// <param name="open">The content of a manifest or blob from its start; checked here.</param>
    /// <param name="begin">Told of each member before it is written.</param>
    /// <param name="cancellationToken">Stops in the middle.</param>
    public static async Task WriteAsync(
        PackageIndex index, Stream output, Func<PackageMember, CancellationToken, ValueTask<Stream>> open, Action<PackageMember> begin, CancellationToken cancellationToken)
    {
        // Disposing it writes the archive's end, which must not follow a failure: it holds nothing else.
        var tar = new TarWriter(output, TarEntryFormat.Ustar, leaveOpen: true);
        foreach (var member in PackageMember.Of(index))
        {
            begin(member);
            var entry = Entry(member);
            await using var content = member.Blob is { } digest
                ? new VerifiedStream(new Descriptor("", digest, member.Size), token => open(member, token))
                : (Stream)new MemoryStream(member.Content, writable: false);
            entry.DataStream = content;
            await tar.WriteEntryAsync(entry, cancellationToken);
            if (content is VerifiedStream verified)
                await verified.EndAsync(cancellationToken);
        }
        await tar.DisposeAsync();
    }

    private static PosixTarEntry Entry(PackageMember member)
    {
        PosixTarEntry entry = FitsUstar(member) ? new UstarTarEntry(TarEntryType.RegularFile, member.Name) : new GnuTarEntry(TarEntryType.RegularFile, member.Name);
        entry.Mode = Mode;
        entry.ModificationTime = DateTimeOffset.UnixEpoch;
        return entry;
    }

    /// <summary>A name of up to 100 characters, or a folder of up to 155 before it (pax(1), "ustar Interchange Format"); 33 bits of size.</summary>
    private static bool FitsUstar(PackageMember member)
    {
        var slash = member.Name.LastIndexOf('/');
        return member.Size <= MaxUstarSize && (member.Name.Length <= 100 || slash <= 155);
    }
}
