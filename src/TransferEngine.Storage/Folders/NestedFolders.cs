using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Folders;

/// <summary>
/// Images below folders that are called like one and are none: <c>HOST:PORT</c>, which <c>skopeo sync --scoped</c> puts in front of the
/// names, and <c>NAME:TAG/NAME:TAG</c>, as a loop that syncs each image into a folder of its own makes them. The folder above is no part of
/// their names. Which these are shows only when all of the forest was looked through, so that is done once, before anything is listed.
/// </summary>
internal sealed class NestedFolders
{
    private const int MaxDepth = 128;
    private const int Examples = 3;

    private readonly TreeReader _reader;
    private readonly List<string> _open = [];
    private readonly List<Nested> _found = [];
    private readonly SortedDictionary<string, List<Nested>> _repositories = new(StringComparer.Ordinal);
    private readonly HashSet<string> _wrappers = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _hosts = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _litter = new(StringComparer.Ordinal);
    private int _litterCount;

    private NestedFolders(TreeReader reader) => _reader = reader;

    /// <param name="Repository">The name that its place amounts to, valid or not.</param>
    /// <param name="Parent">The folder that it is in.</param>
    /// <param name="Name">What it is called.</param>
    /// <param name="Host">The host's folder above it.</param>
    /// <param name="Error">Why nobody knows what is there.</param>
    internal sealed record Nested(string Repository, string Parent, ImageFolderName Name, string? Host, TransferError? Error = null)
    {
        public string Key => $"{(Name.IsDigest ? '@' : ':')}{Name.Text}";
    }

    public IReadOnlyDictionary<string, List<Nested>> Repositories => _repositories;

    /// <summary>Whether this folder, called like an image, only holds others.</summary>
    public bool IsWrapper(string parent, string folder) => _wrappers.Contains(Path.Join(parent, folder));

    public IEnumerable<string> Notes
    {
        get
        {
            foreach (var host in _hosts.Take(Examples))
                yield return $"The folder {Printable.Of(host)} is taken for a registry's host and left out of the names.";
            if (_wrappers.Count > _hosts.Count)
                yield return $"{_wrappers.Count - _hosts.Count} folders are called like an image and hold others; their own names are left out.";
            if (_litterCount > 0)
                yield return $"Passed over {_litterCount} {(_litterCount == 1 ? "folder" : "folders")} that systems leave behind: {Printable.Of(string.Join(", ", _litter.Take(Examples)))}.";
        }
    }

    /// <exception cref="TransferException"><see cref="ErrorCode.MappingCollision"/>: two hosts have different images of one name.</exception>
    public static NestedFolders Find(TreeReader reader)
    {
        var nested = new NestedFolders(reader);
        nested.Search(reader.Root, "", null, isNested: false);
        if (nested._hosts.Count > 1)
            nested.RequireOneOfEachName();
        foreach (var images in nested._found.GroupBy(image => image.Repository, StringComparer.Ordinal))
            nested._repositories.Add(images.Key, [.. images]);
        nested._found.Clear();
        return nested;
    }

    /// <summary>True if there is an image.</summary>
    private bool Search(string folder, string name, string? host, bool isNested)
    {
        // What leads back is told by who walks the forest.
        if (_open.Count >= MaxDepth || _open.Exists(open => TreeReader.IsWithin(open, folder)))
            return false;
        _open.Add(folder);
        try
        {
            return Search(FolderListing.Read(folder), folder, name, host, isNested);
        }
        finally
        {
            _open.RemoveAt(_open.Count - 1);
        }
    }

    private bool Search(FolderListing listing, string folder, string name, string? host, bool isNested)
    {
        var hasImages = false;
        _litterCount += listing.Litter.Count;
        _litter.UnionWith(listing.Litter.Take(Examples));
        foreach (var last in listing.Names)
        {
            var below = name.Length == 0 ? last : $"{name}/{last}";
            foreach (var image in listing.Images(last))
                hasImages |= Try(folder, below, image, host, isNested, path => SearchNamed(path, name, folder, image, host));
            if (listing.Plain.Contains(last))
                hasImages |= Try(folder, below, last, host, isNested, path => Directory.Exists(path) && Search(path, below, host, isNested));
        }
        return hasImages;
    }

    /// <summary>An image, or what a look into it finds.</summary>
    private bool Try(string parent, string repository, string folder, string? host, bool isNested, Func<string, bool> look)
    {
        var found = new Nested(repository, parent, ImageFolderName.Of(folder), host);
        try
        {
            var path = _reader.Enter(parent, folder);
            var isImage = Directory.Exists(path) && ImageFolder.FindManifest(_reader, path) is not null;
            if (!isImage && look(path))
                return true;
            // One that was never finished is an image, too, with its error.
            if (isNested && (isImage || found.Name.Folder != found.Name.Name))
                _found.Add(found);
            return isImage;
        }
        catch (TransferException e)
        {
            // Above nested folders the forest's own walk meets with the same.
            if (isNested)
                _found.Add(found with { Error = e.Error });
            return false;
        }
    }

    private bool SearchNamed(string path, string name, string parent, string folder, string? host)
    {
        var before = _found.Count;
        if (!Directory.Exists(path))
            return false;
        var isHost = HostFolder.IsHost(path, folder);
        if (Search(path, name, isHost ? folder : host, isNested: true))
        {
            _wrappers.Add(Path.Join(parent, folder));
            if (isHost)
                _hosts.Add(folder);
            return true;
        }
        _found.RemoveRange(before, _found.Count - before);
        return false;
    }

    private void RequireOneOfEachName()
    {
        var first = new Dictionary<(string, string), Nested>();
        foreach (var image in _found.Where(image => image is { Host: not null, Error: null }))
            if (!first.TryAdd((image.Repository, image.Key), image) && first[(image.Repository, image.Key)] is var other && other.Host != image.Host
                && !BytesOf(other).AsSpan().SequenceEqual(BytesOf(image)))
                throw new TransferException(new TransferError(ErrorCode.MappingCollision,
                    $"Both {Printable.Of(other.Host)} and {Printable.Of(image.Host)} have an image {Printable.Of(image.Repository + image.Key)}, and hosts are left out of the names.")
                {
                    Scope = ErrorScope.Endpoint,
                    Path = Path.Join(image.Parent, image.Name.Folder),
                    Hint = $"Take one host at a time, as dir:{Path.Join(_reader.Root, Printable.Of(other.Host))}, with --map to keep them apart.",
                });
    }

    private byte[] BytesOf(Nested image) =>
        ImageFolder.FindManifest(_reader, _reader.Enter(image.Parent, image.Name.Folder)) is { } file ? _reader.ReadStart(file, Manifest.MaxBytes + 1) : [];
}
