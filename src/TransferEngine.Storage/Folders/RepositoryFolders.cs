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
    private readonly List<Folder> _folders = [];
    private readonly Dictionary<string, Folder> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<Digest, List<Place>> _manifests = [];
    private readonly Dictionary<Digest, List<BlobPlace>> _blobs = [];
    private readonly Dictionary<Digest, List<(Folder Folder, Digest Referrer)>> _referrers = [];

    // Asked for in vain, in all folders that name them; forgotten when another folder names them.
    private readonly HashSet<Digest> _lost = [];

    /// <summary>
    /// Tags in the order of their folders, then what only a digest names: a folder that is called so is an image like others, unless it
    /// belongs to another one, which takes it along. With <paramref name="untagged"/> that too.
    /// </summary>
    public IReadOnlyList<SourceImage> Images(bool untagged)
    {
        lock (_lock)
        {
            var listed = _folders.Where(folder => !folder.IsGone && folder.Image is not null).ToLookup(folder => folder.IsByDigest);
            var tagged = listed[false].Select(folder => folder.Image!.Digest).ToHashSet();
            var others = listed[true].Where(folder => folder.Image!.Digest is not { } digest || (!tagged.Contains(digest) && (untagged || !IsOfAnother(folder))));
            return [.. listed[false].Concat(others).Select(folder => folder.Image!)];
        }
    }

    /// <summary>The image of a tag; null if no folder is named by it.</summary>
    public SourceImage? Find(Tag tag)
    {
        lock (_lock)
            return _names.GetValueOrDefault($":{tag}")?.Image;
    }

    /// <summary>Takes a folder in, also one that took the place of another one.</summary>
    /// <param name="name">What it says to be.</param>
    /// <param name="parent">The folder that it is in.</param>
    public void Add(ImageFolderName name, string parent)
    {
        lock (_lock)
        {
            var folder = new Folder(Path.Join(parent, name.Folder), name.IsDigest);
            if (_names.TryGetValue(KeyOf(name), out var known) && known.Named == folder.Named)
            {
                known.IsGone = true;
                _names.Remove(KeyOf(name));
            }
            folder.Image = Read(folder, name, parent);
            _folders.Add(folder);
            _names.TryAdd(KeyOf(name), folder);
        }
    }

    /// <summary>The file that should hold a manifest; null if no folder names one.</summary>
    public TreeFile? FindManifest(Digest digest)
    {
        lock (_lock)
        {
            // One that lies is still what there is to be read, and is told when it is read.
            return FindManifest(digest, isSound: true) ?? FindManifest(digest, isSound: false);
        }
    }

    /// <summary>The file of a blob, of the size that a manifest tells if there is one; null if no folder has it.</summary>
    public TreeFile? FindBlob(Digest digest)
    {
        lock (_lock)
        {
            if (_lost.Contains(digest))
                return null;
            TreeFile? any = null;
            foreach (var place in PlacesOf(digest))
                if (ImageFolder.FindBlob(reader, place.Folder.Path, digest) is { } file)
                {
                    if (file.Length == place.Size || place.Size < 0)
                        return file;
                    any ??= file;
                }
            if (any is null)
                _lost.Add(digest);
            return any;
        }
    }

    /// <summary>Where a blob should be, for messages.</summary>
    public string? PathOf(Digest digest)
    {
        lock (_lock)
            return PlacesOf(digest).Select(place => Path.Join(place.Folder.Path, ImageFolder.BlobName(digest))).FirstOrDefault();
    }

    public IReadOnlyList<Digest> ReferrersOf(Digest subject)
    {
        lock (_lock)
            return [.. _referrers.GetValueOrDefault(subject, []).Where(found => !found.Folder.IsGone).Select(found => found.Referrer).Distinct()];
    }

    private TreeFile? FindManifest(Digest digest, bool isSound)
    {
        foreach (var place in _manifests.GetValueOrDefault(digest, []).Where(place => place.IsSound == isSound && !place.Folder.IsGone))
            if ((place.IsMember ? ImageFolder.FindMember(reader, place.Folder.Path, digest) : ImageFolder.FindManifest(reader, place.Folder.Path)) is { } file)
                return file;
        return null;
    }

    private static string KeyOf(ImageFolderName name) => $"{(name.IsDigest ? '@' : ':')}{name.Text}";

    private IEnumerable<BlobPlace> PlacesOf(Digest blob) => _blobs.GetValueOrDefault(blob, []).Where(place => !place.Folder.IsGone);

    private bool IsOfAnother(Folder folder) => folder.Subject is { } subject && _manifests.GetValueOrDefault(subject, []).Exists(place => !place.Folder.IsGone);

    /// <summary>Null if the folder is the same image as another one of its name.</summary>
    private SourceImage? Read(Folder folder, ImageFolderName name, string parent)
    {
        if (name is { Tag: null, Digest: null })
            return new SourceImage(name.Text, null, null, new TransferError(ErrorCode.TagInvalid,
                $"'{Printable.Of(name.Text)}' is no valid {(name.IsDigest ? "digest" : "tag")}, so no registry serves or takes it.")
            { Repository = repository, Path = folder.Named });
        try
        {
            folder.Path = reader.Enter(parent, name.Folder);
            var digest = ReadManifest(folder, name).Digest;
            if (!_names.TryGetValue(KeyOf(name), out var first))
                return new SourceImage(name.Text, name.Tag, digest);
            return first.Image?.Digest == digest ? null : throw new TransferException(new TransferError(ErrorCode.TagInvalid,
                $"Another folder is {repository}{KeyOf(name)} already, {first.Named}.")
            {
                Path = folder.Named,
                Hint = "Remove one of the two, or rename it to NAME:TAG.",
            });
        }
        catch (TransferException e)
        {
            var error = e.Of(repository, name.Tag is { } tag ? tag : name.Digest!.Value) with { Scope = ErrorScope.Image };
            return new SourceImage(name.Text, name.Tag, null, error with { Path = error.Path ?? folder.Named });
        }
    }

    private Manifest ReadManifest(Folder folder, ImageFolderName name)
    {
        var file = ImageFolder.FindManifest(reader, folder.Path) ?? throw FolderErrors.NoManifest(folder.Path);
        var bytes = reader.ReadStart(file, Manifest.MaxBytes + 1);
        var digest = name.Digest ?? Digest.OfSha256(bytes);
        var manifest = ManifestReader.Read(bytes, digest);
        folder.Subject = manifest.Subject?.Digest;
        At(_manifests, digest).Add(new Place(folder, IsMember: false, IsSound: true));
        Learn(manifest, folder);
        return manifest;
    }

    /// <summary>Takes in what a manifest names, through all levels of an index.</summary>
    private void Learn(Manifest root, Folder folder)
    {
        var waiting = new Stack<Manifest>([root]);
        var seen = new HashSet<Digest> { root.Digest };
        var members = 0;
        while (waiting.TryPop(out var manifest))
        {
            if (manifest.Subject is { } subject)
                At(_referrers, subject.Digest).Add((folder, manifest.Digest));
            foreach (var blob in manifest.Blobs.Where(blob => seen.Add(blob.Digest)))
            {
                At(_blobs, blob.Digest).Add(new BlobPlace(folder, blob.Size));
                _lost.Remove(blob.Digest);
            }
            foreach (var child in manifest.Children.Where(child => seen.Add(child.Digest)).TakeWhile(_ => ++members <= MaxMembers))
                if (ReadMember(child.Digest, folder) is { } member)
                    waiting.Push(member);
        }
    }

    /// <summary>Null if the folder has no sound manifest of this digest.</summary>
    private Manifest? ReadMember(Digest digest, Folder folder)
    {
        var isThere = false;
        Manifest? member = null;
        try
        {
            if (ImageFolder.FindMember(reader, folder.Path, digest) is { } file)
            {
                isThere = true;
                member = ManifestReader.Read(reader.ReadStart(file, Manifest.MaxBytes + 1), digest);
            }
        }
        catch (TransferException)
        {
            // Told when it is read.
        }
        if (isThere)
            At(_manifests, digest).Add(new Place(folder, IsMember: true, IsSound: member is not null));
        return member;
    }

    private static List<T> At<T>(Dictionary<Digest, List<T>> places, Digest digest)
    {
        if (!places.TryGetValue(digest, out var known))
            places.Add(digest, known = new List<T>(1));
        return known;
    }

    /// <summary>Where a manifest is: the folder's own, or one that its index names.</summary>
    private readonly record struct Place(Folder Folder, bool IsMember, bool IsSound);

    /// <summary>Where a blob should be, and how long a manifest there says that it is.</summary>
    private readonly record struct BlobPlace(Folder Folder, long Size);

    private sealed class Folder(string named, bool isByDigest)
    {
        /// <summary>As it is called, a link or not.</summary>
        public string Named { get; } = named;

        /// <summary>Itself no link.</summary>
        public string Path { get; set; } = named;

        public bool IsByDigest => isByDigest;

        public SourceImage? Image { get; set; }

        public Digest? Subject { get; set; }

        /// <summary>Another one has taken its place since.</summary>
        public bool IsGone { get; set; }
    }
}
