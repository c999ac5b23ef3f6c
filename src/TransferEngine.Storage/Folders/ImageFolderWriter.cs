using TransferEngine.Images;
using TransferEngine.Storage.Files;

namespace TransferEngine.Storage.Folders;

/// <summary>
/// Makes image folders out of what is staged, and of what the repository's other folders hold. A folder is made elsewhere and moved to
/// its place when it is whole, so that a kill leaves no half of an image.
/// </summary>
internal sealed class ImageFolderWriter(FolderForest forest, StagingFolder staging)
{
    // Between the folders of one forest, whatever was told of the way into it.
    private readonly FilePlacer _placer = new(LinkMode.Auto);

    // Between the renames that put a folder in the place of another one nobody may look for its name.
    private readonly Lock _publishing = new();

    /// <exception cref="TransferException"><see cref="ErrorCode.TargetBlobUnknown"/>: a blob or a manifest of an index is not here.</exception>
    /// <exception cref="IOException">It can't be written.</exception>
    public void Write(RepositoryName repository, Reference reference, Manifest manifest)
    {
        var work = Directory.CreateDirectory(staging.NewWork()).FullName;
        try
        {
            Fill(work, repository, manifest);
            File.WriteAllText(Path.Join(work, ImageFolder.VersionName), ImageFolder.Version);
            File.WriteAllBytes(Path.Join(work, ImageFolder.ManifestName), manifest.Bytes.Span);
            lock (_publishing)
            {
                var isNew = Publish(work, repository, reference);
                forest.Learn(repository, ImageFolderName.Of(Path.GetFileName(ImageFolderName.PathOf(repository, reference))), isNew);
            }
        }
        catch
        {
            if (Directory.Exists(work))
                Directory.Delete(work, recursive: true);
            throw;
        }
    }

    /// <summary>Lets a manifest wait for its index, or for the end.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.TargetBlobUnknown"/>: the repository does not have what it names.</exception>
    public void Stage(RepositoryName repository, Manifest manifest)
    {
        var folders = forest.Of(repository);
        foreach (var blob in manifest.Blobs)
            if (!blob.IsForeign && staging.FindBlob(blob.Digest) is null && folders.FindBlob(blob.Digest) is null)
                throw Unknown(repository, blob.Digest, "blob");
        foreach (var child in manifest.Children)
            if (!staging.HasManifest(repository, child.Digest) && folders.FindManifest(child.Digest) is null)
                throw Unknown(repository, child.Digest, "manifest");
        staging.AddManifest(repository, manifest);
    }

    /// <summary>A manifest that waits, or that one of the repository's folders holds; null if there is none.</summary>
    public Manifest? FindMember(RepositoryName repository, Digest digest) =>
        staging.FindManifest(repository, digest) is { } waiting ? ManifestReader.Read(waiting, digest)
        : forest.Of(repository).FindManifest(digest) is { } file ? ManifestReader.Read(forest.Reader.ReadStart(file, Manifest.MaxBytes + 1), digest)
        : null;

    private void Fill(string work, RepositoryName repository, Manifest root)
    {
        var seen = new HashSet<Digest> { root.Digest };
        var waiting = new Stack<Manifest>([root]);
        while (waiting.TryPop(out var manifest))
        {
            foreach (var blob in manifest.Blobs)
                if (seen.Add(blob.Digest) && !Link(work, repository, blob.Digest) && !blob.IsForeign)
                    throw Unknown(repository, blob.Digest, "blob");
            foreach (var child in manifest.Children)
            {
                if (!seen.Add(child.Digest))
                    continue;
                var member = FindMember(repository, child.Digest) ?? throw Unknown(repository, child.Digest, "manifest");
                File.WriteAllBytes(Path.Join(work, ImageFolder.MemberName(child.Digest)), member.Bytes.Span);
                waiting.Push(member);
            }
        }
    }

    private bool Link(string work, RepositoryName repository, Digest blob)
    {
        if (TryLink(work, repository, blob))
            return true;
        // The folder that has it may just have been taken away, and have left its blobs here.
        lock (_publishing)
            return TryLink(work, repository, blob);
    }

    private bool TryLink(string work, RepositoryName repository, Digest blob)
    {
        var source = staging.FindBlob(blob) is null ? forest.Of(repository).FindBlob(blob)?.Path : staging.PathOf(blob);
        try
        {
            if (source is not null)
                _placer.Place(source, Path.Join(work, ImageFolder.BlobName(blob)));
            return source is not null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    /// <summary>True if there was no such folder.</summary>
    private bool Publish(string work, RepositoryName repository, Reference reference)
    {
        var folder = forest.PathOf(repository, reference);
        RefuseImageAbove(repository);
        Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
        if (!Directory.Exists(folder))
        {
            Directory.Move(work, folder);
            return true;
        }
        // skopeo overwrites no folder either that it did not write.
        if (ImageFolder.FindManifest(forest.Reader, folder) is null && Directory.EnumerateFileSystemEntries(folder).Any())
            throw Refused(folder, "There is a folder of this name that is no image, which is not overwritten.", "Move it away.");
        // A kill in between leaves no folder of this name; the next run makes it.
        var old = staging.NewWork();
        Directory.Move(folder, old);
        try
        {
            Directory.Move(work, folder);
        }
        catch
        {
            Directory.Move(old, folder);
            throw;
        }
        staging.TakeBlobs(old);
        Directory.Delete(old, recursive: true);
        return false;
    }

    /// <summary>Nobody looks for images inside an image.</summary>
    private void RefuseImageAbove(RepositoryName repository)
    {
        var folder = forest.Reader.Root;
        foreach (var part in repository.ToString().Split('/')[..^1])
            if (Directory.Exists(folder = forest.Reader.Enter(folder, part)) && ImageFolder.FindManifest(forest.Reader, folder) is not null)
                throw Refused(folder, "This folder is an image itself, so that no others can be below it.", $"Rename it to {Path.GetFileName(folder)}:{ImageFolderName.DefaultTag}.");
    }

    private static TransferException Unknown(RepositoryName repository, Digest digest, string kind) =>
        new(new TransferError(ErrorCode.TargetBlobUnknown, $"The {kind} {digest} was never put into {repository}.") { Repository = repository, Digest = digest });

    private static TransferException Refused(string path, string message, string hint) =>
        new(new TransferError(ErrorCode.TargetUnwritable, message) { Path = path, Hint = hint });
}
