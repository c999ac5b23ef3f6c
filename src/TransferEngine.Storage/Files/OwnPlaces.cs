using System.IO.Enumeration;

namespace TransferEngine.Storage.Files;

/// <summary>
/// What a run keeps for itself in a target: locks, journals, half-made files. The target may come from anywhere, and a link in such a
/// place would have the run write to or clear away what lies behind it.
/// </summary>
internal static class OwnPlaces
{
    private static readonly EnumerationOptions EveryEntry = new() { AttributesToSkip = 0, IgnoreInaccessible = false, RecurseSubdirectories = true };

    /// <exception cref="IOException">There is a symbolic link.</exception>
    public static void RefuseLink(string path)
    {
        if (new FileInfo(path).LinkTarget is not null)
            throw Refused(path);
    }

    /// <exception cref="IOException">There is a symbolic link in a folder or in those below it.</exception>
    public static void RefuseLinksBelow(string folder)
    {
        var links = new FileSystemEnumerable<string>(folder, static (ref FileSystemEntry entry) => entry.ToFullPath(), EveryEntry)
        {
            ShouldIncludePredicate = static (ref FileSystemEntry entry) => entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
            ShouldRecursePredicate = static (ref FileSystemEntry entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
        };
        if (links.FirstOrDefault() is { } link)
            throw Refused(link);
    }

    private static IOException Refused(string path) => new($"There is a symbolic link where a run keeps what is not finished, {path}: remove it.");
}
