using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace TransferEngine.Storage.Files;

/// <summary>
/// Names of what systems leave in the folders of others: the Finder and Spotlight of macOS, Windows' Explorer and bin, NAS systems (Synology,
/// QNAP, NetApp), NFS's open deleted files, rsync's and FUSE's half-made ones, file system checks, desktop synchronisation. What has such
/// a name is nobody's image: it is passed over, and told in one note.
/// </summary>
internal static partial class Litter
{
    private static readonly FrozenSet<string> Names = new[]
    {
        ".DS_Store", ".AppleDouble", ".AppleDB", ".AppleDesktop", ".LSOverride", ".Spotlight-V100", ".TemporaryItems", ".Trashes", ".apdisk", ".fseventsd", "__MACOSX",
        "Thumbs.db", "Thumbs.db:encryptable", "ehthumbs.db", "desktop.ini", "$RECYCLE.BIN", "System Volume Information",
        "@eaDir", "@tmp", "@Recycle", "@Recently-Snapshot", "#recycle", "#snapshot", ".@__thumb", ".snapshot", ".snapshots", ".zfs",
        "lost+found", ".directory", ".stfolder", ".stversions", ".stignore", ".dropbox", ".dropbox.cache",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Known = Names.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Whether a file or folder of this name, wherever it is, was left by a system.</summary>
    public static bool Is(ReadOnlySpan<char> name) => Known.Contains(name) || Patterns().IsMatch(name);

    // In turn: AppleDouble, NFS, FUSE, trash of a volume, Syncthing, extended attributes of Synology, rsync's ".NAME.XXXXXX".
    [GeneratedRegex(@"\A(?:\._.|\.nfs[0-9a-f]{8,}\z|\.fuse_hidden|\.Trash-[0-9]+\z|\.syncthing\..+\.tmp\z|~syncthing~|.+@Syno(?:EAStream|Resource)\z|\..+\.[A-Za-z0-9]{6}\z)", RegexOptions.CultureInvariant)]
    private static partial Regex Patterns();
}
