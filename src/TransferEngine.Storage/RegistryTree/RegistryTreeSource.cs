using System.Runtime.CompilerServices;
using TransferEngine.Images;

namespace TransferEngine.Storage;

/// <summary>
/// The storage tree of a Docker registry as a source of images: the layout that CNCF Distribution writes
/// (distribution's <c>registry/storage/paths.go</c>), read with no registry in front. Answers as the registry's API would: a tag
/// whose revision link is gone is no image, while a blob is taken from the common store even where its layer link is gone.
/// </summary>
public sealed class RegistryTreeSource : IImageSource
{
    private readonly TreeFiles _files;
    private readonly TreeLayout _layout;

    private RegistryTreeSource(TreeFiles files)
    {
        _files = files;
        _layout = new TreeLayout(files.Root);
    }

    public string Endpoint => $"registry-tree:{_files.Root}";

    /// <summary>Opens the tree at, above or below the path; see <see cref="TreeFinder"/>.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.SourceNotFound"/>, saying what was looked for; or the tree can't be used.</exception>
    public static RegistryTreeSource Open(string path) => new(new TreeFiles(TreeFinder.Find(path)));

    public async IAsyncEnumerable<SourceRepository> ListRepositoriesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // The walk is synchronous file access; off the caller's thread before the first of it.
        await Task.Yield();
        foreach (var repository in new RepositoryWalker(_files, _layout).Walk())
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return repository;
        }
    }

    public async IAsyncEnumerable<SourceImage> ListImagesAsync(
        RepositoryName repository, bool untagged, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        var tagged = new HashSet<Digest>();
        foreach (var name in TreeFiles.ListFolders(_layout.Tags(repository)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var image = ReadTag(repository, name);
            if (image.Digest is { } digest)
                tagged.Add(digest);
            yield return image;
        }
        if (!untagged)
            yield break;
        foreach (var algorithm in TreeFiles.ListFolders(_layout.Revisions(repository)))
        {
            foreach (var hex in TreeFiles.ListFolders(Path.Combine(_layout.Revisions(repository), algorithm)))
            {
                if (!Digest.TryParse($"{algorithm}:{hex}", out var digest))
                    yield return Damaged($"{algorithm}:{hex}", null, ErrorCode.TagLinkInvalid, "A revision's folder is not named by a digest.", Path.Combine(_layout.Revisions(repository), algorithm, hex));
                else if (!tagged.Contains(digest))
                    yield return new SourceImage(digest.ToString(), null, digest);
            }
        }
    }

    public ValueTask<Manifest> ReadManifestAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        CheckRevision(repository, digest);
        var path = _layout.Blob(digest);
        try
        {
            return ValueTask.FromResult(ManifestReader.Read(_files.ReadAll(path, Manifest.MaxBytes), digest));
        }
        catch (TransferException e) when (e.Error.Code == ErrorCode.SourceNotFound)
        {
            throw Missing(ErrorCode.ManifestMissing, $"The tree has no content for the manifest {digest}.", digest, path, e);
        }
        catch (TransferException e)
        {
            throw new TransferException(e.Error with { Repository = repository, Digest = digest, Path = path }, e);
        }
    }

    public ValueTask<long?> FindBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        ValueTask.FromResult(TreeFiles.FindLength(_layout.Blob(digest)));

    public ValueTask<Stream> OpenBlobAsync(RepositoryName repository, Digest digest, long offset, CancellationToken cancellationToken)
    {
        var path = _layout.Blob(digest);
        try
        {
            return ValueTask.FromResult<Stream>(new BlobStream(_files.Open(path), path, offset));
        }
        catch (TransferException e) when (e.Error.Code == ErrorCode.SourceNotFound)
        {
            throw Missing(ErrorCode.BlobMissing, $"The image names the blob {digest}, which the tree does not have.", digest, path, e);
        }
        catch (TransferException e)
        {
            throw new TransferException(e.Error with { Digest = digest, Scope = ErrorScope.Blob }, e);
        }
    }

    public string? Locate(RepositoryName repository, Digest digest) => _layout.Blob(digest);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private SourceImage ReadTag(RepositoryName repository, string name)
    {
        if (!Tag.TryParse(name, out var tag))
            return Damaged(name, null, ErrorCode.TagInvalid, $"'{Printable.Of(name)}' is not a valid tag.", Path.Combine(_layout.Tags(repository), name));
        var path = _layout.TagLink(repository, name);
        try
        {
            var text = _files.ReadLink(path);
            if (text.Length == 0)
                return Damaged(name, tag, ErrorCode.TagLinkEmpty, "The tag's link is empty: the registry was cut short while it wrote it.", path,
                    "Push the tag anew, or write the digest that its folder index/sha256 names into the link.");
            return Digest.TryParse(text, out var digest)
                ? new SourceImage(name, tag, digest)
                : Damaged(name, tag, ErrorCode.TagLinkInvalid, $"The tag's link holds no digest but '{Printable.Of(text)}'.", path);
        }
        catch (TransferException e) when (e.Error.Code == ErrorCode.SourceNotFound)
        {
            return Damaged(name, tag, ErrorCode.TagLinkInvalid, "The tag has no current link.", path);
        }
        catch (TransferException e)
        {
            return new SourceImage(name, tag, null, e.Error with { Path = e.Error.Path ?? path });
        }
    }

    private void CheckRevision(RepositoryName repository, Digest digest)
    {
        var path = _layout.RevisionLink(repository, digest);
        try
        {
            if (_files.ReadLink(path).Length == 0)
                throw Missing(ErrorCode.RevisionMissing, $"The repository's link to the revision {digest} is empty.", digest, path, null);
        }
        catch (TransferException e) when (e.Error.Code == ErrorCode.SourceNotFound)
        {
            throw Missing(ErrorCode.RevisionMissing, $"The repository has no revision {digest}; a registry would answer 404.", digest, path, e);
        }
    }

    private static SourceImage Damaged(string name, Tag? tag, string code, string message, string path, string? hint = null) =>
        new(name, tag, null, new TransferError(code, message) { Path = path, Hint = hint });

    private static TransferException Missing(string code, string message, Digest digest, string path, Exception? inner) =>
        new(new TransferError(code, message) { Digest = digest, Path = path, Scope = code == ErrorCode.BlobMissing ? ErrorScope.Blob : ErrorScope.Image }, inner);
}
