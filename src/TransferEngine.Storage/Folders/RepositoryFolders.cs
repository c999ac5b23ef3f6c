using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Folders;

/// <summary>
/// The image folders of one repository, and which of them holds what: learned from their manifests, never from a listing of their
/// files. A folder that can't be read is an image with an error. May be used concurrently.
/// </summary>
internal sealed class RepositoryFolders(TreeReader reader, RepositoryName repository)
{
    // Members of one folder that are looked into; an index of an index is rare enough.
    private const int MaxMembers = 10_000;

    private readonly Lock _lock = new();
    private readonly List<SourceImage> _tagged = [];
    private readonly List<SourceImage> _untagged = [];
    private readonly List<string> _paths = [];
    private readonly HashSet<string> _tags = new(StringComparer.Ordinal);
    private readonly Dictionary<Digest, (string Folder, string File)> _manifests = [];
    private readonly Dictionary<Digest, (int Folder, long Size)> _blobs = [];
    private readonly List<(Digest Subject, Digest Referrer)> _referrers = [];

    /// <summary>Tags in the order of their folders, and with <paramref name="untagged"/> what only a digest names.</summary>
    public IReadOnlyList<SourceImage> Images(bool untagged)
    {
        lock (_lock)
        {
            if (!untagged)
                return [.. _tagged];
            var named = _tagged.Select(image => image.Digest).ToHashSet();
            return [.. _tagged, .. _untagged.Where(image => image.Digest is null || !named.Contains(image.Digest))];
        }
    }

    /// <summary>Takes a folder in.</summary>
    /// <param name="name">What it says to be.</param>
    /// <param name="parent">The folder that it is in.</param>
    public void Add(ImageFolderName name, string parent)
    {
        lock (_lock)
            (name.IsDigest ? _untagged : _tagged).Add(Read(name, parent));
    }

    /// <summary>The file that should hold a manifest; null if no folder names one.</summary>
    public TreeFile? FindManifest(Digest digest)
    {
        lock (_lock)
            return _manifests.TryGetValue(digest, out var place) ? reader.FindFile(place.Folder, place.File) : null;
    }

    /// <summary>The file of a blob, of the size that a manifest tells if there is one; null if no folder has it.</summary>
    public TreeFile? FindBlob(Digest digest)
    {
        lock (_lock)
        {
            if (!_blobs.TryGetValue(digest, out var place))
                return null;
            var first = reader.FindFile(_paths[place.Folder], ImageFolder.BlobName(digest));
            return first?.Length == place.Size ? first : FindElsewhere(digest, place.Size) ?? first;
        }
    }

    /// <summary>Where a blob should be, for messages.</summary>
    public string? PathOf(Digest digest)
    {
        lock (_lock)
            return _blobs.TryGetValue(digest, out var place) ? Path.Join(_paths[place.Folder], ImageFolder.BlobName(digest)) : null;
    }

    public IReadOnlyList<Digest> ReferrersOf(Digest subject)
    {
        lock (_lock)
            return [.. _referrers.Where(found => found.Subject == subject).Select(found => found.Referrer)];
    }

    /// <summary>One folder may lack what another one of the repository has.</summary>
    private TreeFile? FindElsewhere(Digest digest, long size)
    {
        foreach (var path in _paths)
            if (reader.FindFile(path, ImageFolder.BlobName(digest)) is { } file && file.Length == size)
                return file;
        return null;
    }

    private SourceImage Read(ImageFolderName name, string parent)
    {
        var path = Path.Join(parent, name.Folder);
        if (name is { Tag: null, Digest: null })
            return new SourceImage(name.Text, null, null, new TransferError(ErrorCode.TagInvalid,
                $"'{Printable.Of(name.Text)}' is no valid {(name.IsDigest ? "digest" : "tag")}, so no registry serves or takes it.")
            { Repository = repository, Path = path });
        try
        {
            if (!_tags.Add(name.Text))
                throw new TransferException(new TransferError(ErrorCode.TagInvalid, $"Another folder is {repository}:{name.Text} already.")
                {
                    Path = path,
                    Hint = $"Remove one of the two, or rename it to NAME:TAG.",
                });
            return new SourceImage(name.Text, name.Tag, ReadManifest(name, reader.Enter(parent, name.Folder)).Digest);
        }
        catch (TransferException e)
        {
            var error = e.Of(repository, name.Tag is { } tag ? tag : name.Digest!.Value) with { Scope = ErrorScope.Image };
            return new SourceImage(name.Text, name.Tag, null, error with { Path = error.Path ?? path });
        }
    }

    private Manifest ReadManifest(ImageFolderName name, string folder)
    {
        var file = reader.FindFile(folder, ImageFolder.ManifestName) ?? throw FolderErrors.NoManifest(folder, name);
        var bytes = reader.ReadStart(file, Manifest.MaxBytes + 1);
        var digest = name.Digest ?? Digest.OfSha256(bytes);
        var manifest = ManifestReader.Read(bytes, digest);
        _paths.Add(folder);
        _manifests[digest] = (folder, ImageFolder.ManifestName);
        Learn(manifest, folder);
        return manifest;
    }

    /// <summary>Takes in what a manifest names, through all levels of an index.</summary>
    private void Learn(Manifest root, string folder)
    {
        var waiting = new Stack<Manifest>([root]);
        var members = 0;
        while (waiting.TryPop(out var manifest))
        {
            if (manifest.Subject is { } subject)
                _referrers.Add((subject.Digest, manifest.Digest));
            foreach (var blob in manifest.Blobs)
                _blobs.TryAdd(blob.Digest, (_paths.Count - 1, blob.Size));
            foreach (var child in manifest.Children.TakeWhile(_ => ++members <= MaxMembers))
                if (ReadMember(child.Digest, folder) is { } member)
                    waiting.Push(member);
        }
    }

    /// <summary>Null if the folder has no sound manifest of this digest, or another one gave it already.</summary>
    private Manifest? ReadMember(Digest digest, string folder)
    {
        var name = ImageFolder.MemberName(digest);
        if (_manifests.TryGetValue(digest, out var known) && known.Folder == folder)
            return null;
        try
        {
            if (reader.FindFile(folder, name) is not { } file)
                return null;
            // One that lies is still what there is to be read, and is told when it is read.
            _manifests.TryAdd(digest, (folder, name));
            var member = ManifestReader.Read(reader.ReadStart(file, Manifest.MaxBytes + 1), digest);
            _manifests[digest] = (folder, name);
            return member;
        }
        catch (TransferException)
        {
            return null;
        }
    }
}
