using TransferEngine.Images;
using TransferEngine.Storage.Files;
using TransferEngine.Storage.RegistryTree;
using static TransferEngine.Storage.SourceReads;

namespace TransferEngine.Storage.Folders;

/// <summary>
/// Image folders as skopeo's <c>dir:</c> transport writes them, as a source: one of them, or a forest as <c>skopeo sync --dest dir</c>
/// makes it, <c>ROOT/team/app:v1</c>, or as scripts write it by hand (<see cref="ImageFolder"/>). A folder named by digest, <c>app@sha256:…</c>, is
/// an image like others: so its user called it. The folders are not trusted: what a manifest names is bounded and looked up by its digest,
/// and no link is followed out of the root. Signatures (<c>signature-1</c>) are left out. Reads happen on the calling thread.
/// </summary>
public sealed class DirSource : IImageSource
{
    private readonly IFolderCollection _folders;
    private readonly TreeReader _reader;

    private readonly IReadOnlyList<string> _notes;

    private DirSource(string endpoint, TreeReader reader, IFolderCollection folders, IReadOnlyList<string> notes) =>
        (Endpoint, _reader, _folders, _notes) = (endpoint, reader, folders, notes);

    public string Endpoint { get; }

    public string? LocalPath => _reader.Root;

    public IReadOnlyList<string> Notes => [.. _notes, .. _folders.Notes];

    /// <summary>Opens a folder: an image if it has a manifest, else a forest that has at least one.</summary>
    /// <exception cref="TransferException">
    /// <see cref="ErrorCode.SourceNotFound"/>, <see cref="ErrorCode.SourceUnreadable"/>, <see cref="ErrorCode.SourceOutsideRoot"/> or, for
    /// a single image whose folder has no usable name, <see cref="ErrorCode.RepositoryNameInvalid"/>; all with <see cref="ErrorScope.Endpoint"/>.
    /// </exception>
    public static DirSource Open(string path, DirOptions? options = null)
    {
        path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        try
        {
            if (!Directory.Exists(path))
                throw FolderErrors.NotFound(path, File.Exists(path) ? "This is a file, not an image's folder." : "There is no such folder.");
            if (SingleFolder.TryOpen(path) is { } single)
                return new DirSource("dir:" + path, single.Reader, single, []);
            var (root, notes) = HostFolder.Find(path);
            var forest = new FolderForest(root, seeksNested: true);
            RequireImage(forest, path, options ?? new DirOptions());
            return new DirSource("dir:" + path, forest.Reader, forest, notes);
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e))
        {
            throw TreeErrors.Unreadable(path, e).At(ErrorScope.Endpoint);
        }
        catch (TransferException e)
        {
            throw e.At(ErrorScope.Endpoint);
        }
    }

    public IAsyncEnumerable<SourceRepository> ListRepositoriesAsync(CancellationToken cancellationToken) =>
        Lazily(_folders.Walk, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Untagged is what refers to another image of the repository: it is taken along with that one.</remarks>
    public IAsyncEnumerable<SourceImage> ListImagesAsync(RepositoryName repository, bool untagged, CancellationToken cancellationToken) =>
        Lazily(() => Folders(repository).Images(untagged), cancellationToken);

    public ValueTask<SourceImage?> FindImageAsync(RepositoryName repository, Reference reference, CancellationToken cancellationToken) =>
        Attempt(repository, null, ErrorScope.Image, () => reference.Digest is { } digest
            ? Folders(repository).FindManifest(digest) is null ? null : new SourceImage(digest.ToString(), null, digest)
            : Folders(repository).Find(reference.Tag!.Value), cancellationToken);

    public ValueTask<Manifest> ReadManifestAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        Attempt(repository, digest, ErrorScope.Image, () =>
        {
            var file = Folders(repository).FindManifest(digest) ?? throw new TransferException(new TransferError(ErrorCode.ManifestMissing,
                $"No folder of {repository} holds the manifest {digest}.")
            { Hint = $"Copy the image again, with --all for all platforms: its file is {ImageFolder.MemberName(digest)}." });
            return ManifestReader.Read(_reader.ReadStart(file, Manifest.MaxBytes + 1), digest);
        }, cancellationToken);

    public IAsyncEnumerable<Digest> ListReferrersAsync(RepositoryName repository, Digest subject, CancellationToken cancellationToken) =>
        Lazily(() => Folders(repository).ReferrersOf(subject), cancellationToken);

    public ValueTask<long?> FindBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        Attempt(repository, digest, ErrorScope.Blob, () => Folders(repository).FindBlob(digest)?.Length, cancellationToken);

    public ValueTask<BlobContentStream> OpenBlobAsync(RepositoryName repository, Digest digest, long offset, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return Attempt(repository, digest, ErrorScope.Blob, () =>
        {
            var file = Folders(repository).FindBlob(digest) ?? throw Missing(repository, digest);
            return new BlobContentStream(_reader.Open(file, offset), file.Length);
        }, cancellationToken);
    }

    public ValueTask<BlobFile?> FindFileAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
        Attempt(repository, digest, ErrorScope.Blob, () => Folders(repository).FindBlob(digest) is { } file ? BlobFiles.Of(file.Path, file.Length) : null, cancellationToken);

    public string? Locate(RepositoryName repository, Digest digest) => Folders(repository).PathOf(digest);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private RepositoryFolders Folders(RepositoryName repository) => _folders.Of(repository);

    private TransferException Missing(RepositoryName repository, Digest digest) =>
        new(new TransferError(ErrorCode.BlobMissing, "The blob's file is not in the image's folder.")
        {
            Path = Folders(repository).PathOf(digest),
            Hint = "Copy the image again.",
        });

    private static void RequireImage(FolderForest forest, string path, DirOptions options)
    {
        var visited = 0;
        if (forest.LooksLikeOne(() => ++visited < options.ProbeFolders))
            return;
        throw FolderErrors.NotFound(path, $"No image's folder found: looked for {ImageFolder.ManifestName} in it, and for NAME:TAG/{ImageFolder.ManifestName} in {visited} folders below it.",
            "Give an image's folder, or a folder of folders that 'skopeo sync --dest dir' made.");
    }
}
