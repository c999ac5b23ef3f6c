using TransferEngine.Images;

namespace TransferEngine.Storage.RegistryTree;

/// <summary>A tree found and ready to be read, wherever it lies.</summary>
/// <param name="Endpoint">As the user may name it.</param>
/// <param name="Reader">Access to its files; disposable where it holds something open.</param>
/// <param name="Damage">Why part of it could not be read, if so.</param>
internal sealed record OpenedTree(string Endpoint, TreeReader Reader, string? Damage = null)
{
    /// <exception cref="TransferException">With <see cref="ErrorScope.Endpoint"/>, as <see cref="RegistryTreeSource.Open"/> says.</exception>
    public static OpenedTree Folder(string path, RegistryTreeOptions options, bool remembersFolders = false)
    {
        var tree = TreeLocator.Find(path, options);
        RefuseMetadataDatabase(tree.V2);
        try
        {
            var reader = new FolderTreeReader(RealPath.Of(tree.V2), remembersFolders);
            // A link out of the tree at the very top would fail each image by itself: say it once.
            reader.Enter(reader.Root, BlobStore.BlobsFolder);
            reader.Enter(reader.Root, RepositoryWalk.RepositoriesFolder);
            return new OpenedTree("registry-tree:" + tree.Root, reader);
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e))
        {
            throw TreeErrors.Unreadable(tree.V2, e).At(ErrorScope.Endpoint);
        }
        catch (TransferException e)
        {
            throw e.At(ErrorScope.Endpoint);
        }
    }

    /// <summary>Once GitLab's registry keeps its links in PostgreSQL, those in the tree are stale.</summary>
    private static void RefuseMetadataDatabase(string v2)
    {
        var lockFile = Path.Join(Path.GetDirectoryName(v2), "lockfiles", "database-in-use");
        if (File.Exists(lockFile))
            throw new TransferException(new TransferError(ErrorCode.SourceOutdated, "This tree belongs to a GitLab registry with a metadata database, so its tags and repositories are out of date.")
            {
                Scope = ErrorScope.Endpoint,
                Path = lockFile,
                Hint = "Migrate from the running registry instead: docker://HOST.",
            });
    }
}
