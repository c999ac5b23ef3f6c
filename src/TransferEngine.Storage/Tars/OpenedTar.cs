using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Tars;

/// <summary>Opens tars: indexes them, or takes the index that was kept of the last time.</summary>
internal static class OpenedTar
{
    /// <summary>A tar of a registry's storage tree.</summary>
    /// <inheritdoc cref="OpenReader" path="/param"/>
    /// <exception cref="TransferException">With <see cref="ErrorScope.Endpoint"/>, as <see cref="RegistryTreeSource.OpenTar"/> says.</exception>
    public static OpenedTree Open(string path, RegistryTreeOptions options, bool mustSeek = false)
    {
        path = Path.GetFullPath(path);
        var (tree, damage) = OpenReader(path, options, index => TarLocator.Find(index, path), mustSeek);
        return new OpenedTree("registry-tar:" + path, tree, damage);
    }

    /// <param name="path">The file.</param>
    /// <param name="options">How much is taken, and where the index is kept.</param>
    /// <param name="findRoot">The member path, with a leading slash, of the folder that is looked for.</param>
    /// <param name="mustSeek">Whether a compressed archive, which is read in passes, won't do.</param>
    /// <exception cref="TransferException">With <see cref="ErrorScope.Endpoint"/>.</exception>
    public static (TarTreeReader Tree, string? Damage) OpenReader(string path, RegistryTreeOptions options, Func<TarIndex, string> findRoot, bool mustSeek = false)
    {
        try
        {
            if (Directory.Exists(path))
                throw TreeErrors.WrongKind(path, "folder", "file");
            var identity = TarIdentity.Of(path);
            // Also what has no length: a pipe would block whoever opens it.
            if (identity.Length == 0)
                throw new TransferException(new TransferError(ErrorCode.SourceUnreadable, "The file is empty, or no regular file.") { Path = path });
            var compression = TarFiles.CompressionOf(path);
            if (mustSeek && compression != TarCompression.None)
                throw new TransferException(new TransferError(ErrorCode.SourceUnreadable, "The archive is compressed, so it can't be read at any place.")
                {
                    Path = path,
                    Hint = "Unpack the compression first (gunzip, zstd -d).",
                });
            var index = IndexOf(identity, compression, options);
            var root = findRoot(index);
            return (new TarTreeReader(ContentsOf(identity, compression, options), path, index, root), index.Damage);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TransferException(new TransferError(ErrorCode.SourceNotFound, "There is no such file.") { Scope = ErrorScope.Endpoint, Path = path }, e);
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e))
        {
            throw TreeErrors.Unreadable(path, e).At(ErrorScope.Endpoint);
        }
        catch (TransferException e)
        {
            throw new TransferException(e.Error with { Scope = ErrorScope.Endpoint, Path = e.Error.Path ?? path }, e.InnerException);
        }
    }

    private static TarIndex IndexOf(TarIdentity identity, TarCompression compression, RegistryTreeOptions options)
    {
        if (options.TarIndexFolder is { } folder && TarIndexFile.Read(folder, identity, options) is { } known)
            return known;
        using var stream = compression == TarCompression.None ? TarFiles.Open(identity.Path) : TarFiles.Uncompress(identity.Path, compression);
        var keep = compression == TarCompression.None ? null : new KeptContents(options.TarKeptBytes);
        var index = TarIndex.Read(new TarInput(stream), identity, options, keep);
        if (options.TarIndexFolder is { } into && TarIdentity.Of(identity.Path) == identity)
            TarIndexFile.Write(into, identity, index);
        return index;
    }

    private static TarContents ContentsOf(TarIdentity identity, TarCompression compression, RegistryTreeOptions options) => compression == TarCompression.None
        ? new PlainContents(File.OpenHandle(identity.Path))
        : new TarPasses(identity.Path, () => OpenAgain(identity, compression), options.TarKeptBytes);

    private static Stream OpenAgain(TarIdentity identity, TarCompression compression) => TarIdentity.Of(identity.Path) == identity
        ? TarFiles.Uncompress(identity.Path, compression)
        : throw new IOException($"{identity.Path} was changed since it was opened.");
}
