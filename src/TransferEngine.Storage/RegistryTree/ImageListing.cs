using TransferEngine.Images;

namespace TransferEngine.Storage.RegistryTree;

/// <summary>
/// Lists one repository's tags, and on request the revisions that no tag names. Everything is told apart by its position:
/// <c>current</c>, <c>index</c>, <c>link</c> and <c>_x</c> are tags like any other.
/// </summary>
internal sealed class ImageListing(TreeReader reader, RepositoryName repository, LeftAlone leftAlone)
{
    private const string Link = "link";

    private static readonly string[] Algorithms = ["sha256", "sha512"];

    /// <exception cref="TransferException">A folder that the listing needs can't be read, with <see cref="ErrorScope.Repository"/>.</exception>
    public IEnumerable<SourceImage> Run(bool untagged)
    {
        HashSet<Digest> named = [];
        var (manifests, _) = ListFolder(reader.Root, [RepositoryWalk.RepositoriesFolder, .. repository.ToString().Split('/'), RepositoryWalk.ManifestsFolder]);
        var (tags, entries) = ListTags(manifests);
        foreach (var entry in entries)
        {
            var image = ReadTag(manifests, tags, entry);
            if (untagged && image.Digest is { } digest)
                named.Add(digest);
            yield return image;
        }
        if (!untagged)
            yield break;
        foreach (var image in ListRevisions(manifests))
            if (image.Digest is not { } digest || !named.Contains(digest))
                yield return image;
    }

    /// <summary>The names of what <see cref="Run"/> lists.</summary>
    /// <exception cref="TransferException">As for <see cref="Run"/>.</exception>
    public IEnumerable<string> Names(bool untagged)
    {
        if (untagged)
            return Run(untagged).Select(image => image.Name);
        var (manifests, _) = ListFolder(reader.Root, [RepositoryWalk.RepositoriesFolder, .. repository.ToString().Split('/'), RepositoryWalk.ManifestsFolder]);
        return ListTags(manifests).Entries.Select(entry => entry.Name);
    }

    /// <summary>One tag or revision, or null if the repository does not have it.</summary>
    /// <exception cref="TransferException">As for <see cref="Run"/>.</exception>
    public SourceImage? Find(Reference reference)
    {
        var (manifests, _) = ListFolder(reader.Root, [RepositoryWalk.RepositoriesFolder, .. repository.ToString().Split('/'), RepositoryWalk.ManifestsFolder]);
        if (reference.Digest is { } digest)
            return ReadRevision(ListFolder(manifests, "revisions", digest.Algorithm).Path, digest.Algorithm, digest.Hex);
        var (tags, entries) = ListTags(manifests);
        var name = reference.ToString();
        return entries.Where(entry => entry.Name == name).Select(entry => ReadTag(manifests, tags, entry)).FirstOrDefault();
    }

    /// <summary>The folder of the tags, and of its entries those that are tags or should be.</summary>
    private (string Path, IEnumerable<TreeEntry> Entries) ListTags(string manifests)
    {
        var (tags, entries) = ListFolder(manifests, "tags");
        return (tags, entries.Where(entry => !leftAlone.Is(tags, entry.Name, () => IsTag(tags, entry))));
    }

    private bool IsTag(string tags, TreeEntry entry)
    {
        try
        {
            return entry.IsFolder && Tag.TryParse(entry.Name, out _) && reader.FindFile(reader.Enter(tags, entry.Name, "current"), Link) is not null;
        }
        catch (TransferException)
        {
            return true;
        }
    }

    /// <summary>Where the folder really is, and its entries: none if it does not exist.</summary>
    private (string Path, List<TreeEntry> Entries) ListFolder(string parent, params ReadOnlySpan<string> names)
    {
        try
        {
            var folder = reader.Enter(parent, names);
            return (folder, reader.List(folder) ?? []);
        }
        catch (TransferException e)
        {
            throw new TransferException(e.At(ErrorScope.Repository).Of(repository), e.InnerException);
        }
    }

    private SourceImage ReadTag(string manifests, string tags, TreeEntry entry)
    {
        var path = Path.Join(tags, entry.Name);
        if (!Tag.TryParse(entry.Name, out var tag))
            return new SourceImage(entry.Name, null, null, new TransferError(ErrorCode.TagInvalid,
                $"'{Printable.Of(entry.Name)}' is no valid tag, so no registry serves or takes it.")
            { Repository = repository, Path = path });
        try
        {
            if (!entry.IsFolder)
                throw TreeErrors.WrongKind(path, "file", "folder");
            var digest = ReadTagLink(tags, entry.Name);
            RequireRevision(manifests, digest, tag);
            return new SourceImage(entry.Name, tag, digest);
        }
        catch (TransferException e)
        {
            return new SourceImage(entry.Name, tag, null, e.Of(repository, tag));
        }
    }

    private Digest ReadTagLink(string tags, string tag)
    {
        var current = reader.Enter(tags, tag, "current");
        var path = Path.Join(current, Link);
        if (reader.FindFile(current, Link) is not { } file)
            throw Failed(ErrorCode.TagLinkInvalid, "The tag has no link: it was deleted halfway, or never finished.", path);
        var content = reader.ReadLink(file);
        if (content.Length == 0)
            throw Failed(ErrorCode.TagLinkEmpty, "The tag's link is empty, so nothing says which image it names; a crash of the registry leaves such files.", path,
                "Push the tag again, or write the digest of its image into the file: the tag's index folder lists the candidates.");
        return Digest.TryParse(content, out var digest) ? digest
            : throw Failed(ErrorCode.TagLinkInvalid, $"The tag's link holds '{Printable.Of(content)}', which is no digest.", path);
    }

    /// <summary>A registry answers 404 for a tag whose revision is not linked, though the manifest may be there.</summary>
    private void RequireRevision(string manifests, Digest digest, Tag tag)
    {
        var folder = reader.Enter(manifests, "revisions", digest.Algorithm, digest.Hex);
        var path = Path.Join(folder, Link);
        if (reader.FindFile(folder, Link) is not { } file)
            throw Failed(ErrorCode.RevisionMissing, $"The tag names {digest}, which is no revision of the repository (any more): a registry would not serve it.", path,
                $"Delete the tag {tag}, or push it again.", digest);
        if (file.Length == 0)
            throw EmptyRevision(digest, path);
    }

    /// <summary>All revisions that can be read, tagged or not.</summary>
    public IEnumerable<Digest> Revisions()
    {
        var (manifests, _) = ListFolder(reader.Root, [RepositoryWalk.RepositoriesFolder, .. repository.ToString().Split('/'), RepositoryWalk.ManifestsFolder]);
        return ListRevisions(manifests).Where(revision => revision.Digest is not null).Select(revision => revision.Digest!.Value);
    }

    private IEnumerable<SourceImage> ListRevisions(string manifests)
    {
        foreach (var algorithm in Algorithms)
        {
            var (folder, entries) = ListFolder(manifests, "revisions", algorithm);
            foreach (var entry in entries)
                if (entry.IsFolder && !leftAlone.Is(folder, entry.Name, () => false) && ReadRevision(folder, algorithm, entry.Name) is { } image)
                    yield return image;
        }
    }

    /// <summary>Null for the empty folder that deleting a revision leaves.</summary>
    private SourceImage? ReadRevision(string folder, string algorithm, string hex)
    {
        var name = $"{algorithm}:{hex}";
        if (!Digest.TryParse(name, out var digest))
            return new SourceImage(name, null, null, new TransferError(ErrorCode.RevisionMissing,
                $"'{Printable.Of(name)}' is no digest, so this can't be a revision.")
            { Repository = repository, Path = Path.Join(folder, hex) });
        try
        {
            var revision = reader.Enter(folder, hex);
            if (reader.FindFile(revision, Link) is not { } file)
                return null;
            if (file.Length == 0)
                throw EmptyRevision(digest, file.Path);
            return new SourceImage(name, null, digest);
        }
        catch (TransferException e)
        {
            return new SourceImage(name, null, null, e.Of(repository, digest));
        }
    }

    private static TransferException EmptyRevision(Digest digest, string path) =>
        Failed(ErrorCode.RevisionMissing, $"The link of the revision {digest} is empty: a registry would not serve it.", path,
            "Write the digest that its folder is named after into the file, or push the image again.", digest);

    private static TransferException Failed(string code, string message, string path, string? hint = null, Digest? digest = null) =>
        new(new TransferError(code, message) { Path = path, Hint = hint, Digest = digest });
}
