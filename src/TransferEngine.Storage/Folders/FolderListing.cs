using System.IO.Enumeration;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Folders;

/// <summary>
/// The folders in one folder, parted by their names. Files are passed over without being kept, and so is what starts with a dot: no
/// repository's name does. What systems leave is passed over too, and told.
/// </summary>
internal sealed class FolderListing
{
    // Some 100 bytes each. A registry of a million tags would not put them side by side.
    private const int MaxFolders = 1_000_000;

    private static readonly EnumerationOptions EveryEntry = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    private readonly Dictionary<string, List<string>> _images = new(StringComparer.Ordinal);
    private readonly HashSet<string> _plain = new(StringComparer.Ordinal);
    private readonly List<string> _litter = [];

    /// <summary>What may be a repository or lead to one, in ordinal order.</summary>
    public IReadOnlyList<string> Names { get; private set; } = [];

    /// <summary>Folders whose name tells of no image: further levels, or images without a tag.</summary>
    public IReadOnlySet<string> Plain => _plain;

    /// <summary>Folders that systems left here.</summary>
    public IReadOnlyList<string> Litter => _litter;

    /// <summary>The folders that are an image of this name by their own name, in ordinal order.</summary>
    public IReadOnlyList<string> Images(string name)
    {
        lock (_images)
            return _images.TryGetValue(name, out var folders) ? [.. folders] : [];
    }

    /// <summary>Takes in an image's folder that was made since; the order is kept up for those that were read.</summary>
    public void Add(string folder)
    {
        var name = ImageFolderName.Of(folder).Name;
        lock (_images)
        {
            if (_images.TryGetValue(name, out var known))
                known.Add(folder);
            else
                _images[name] = [folder];
        }
    }

    /// <summary>A folder that does not exist holds nothing.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.SourceUnreadable"/>.</exception>
    public static FolderListing Read(string folder)
    {
        try
        {
            return Parted(new FileSystemEnumerable<string>(folder, static (ref FileSystemEntry entry) => entry.FileName.ToString(), EveryEntry)
            {
                // A link counts as a folder until somebody enters it.
                ShouldIncludePredicate = static (ref FileSystemEntry entry) =>
                    entry.FileName[0] != '.' && (entry.IsDirectory || entry.Attributes.HasFlag(FileAttributes.ReparsePoint)),
            }, folder);
        }
        catch (DirectoryNotFoundException)
        {
            return new FolderListing();
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e))
        {
            throw TreeErrors.Unreadable(folder, e);
        }
    }

    private static FolderListing Parted(IEnumerable<string> entries, string folder)
    {
        var listing = new FolderListing();
        var count = 0;
        foreach (var entry in entries)
        {
            if (++count > MaxFolders)
                throw new TransferException(new TransferError(ErrorCode.SourceUnreadable, $"There are more than {MaxFolders} folders in it.") { Path = folder });
            if (Files.Litter.Is(entry))
                listing._litter.Add(entry);
            else if (!ImageFolderName.IsTold(entry))
                listing._plain.Add(entry);
            else
                listing.Add(entry);
        }
        foreach (var folders in listing._images.Values)
            folders.Sort(StringComparer.Ordinal);
        listing.Names = [.. listing._images.Keys.Union(listing._plain, StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return listing;
    }
}
