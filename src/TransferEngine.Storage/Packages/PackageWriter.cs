using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Packages;

/// <summary>Writes a package: under another name, <c>FILE.partial</c>, until all of it is on the disk.</summary>
public static class PackageWriter
{
    /// <summary>Streams each held blob once from its source, and checks it against its digest.</summary>
    /// <param name="path">Replaced if it is there.</param>
    /// <param name="contents">What to write.</param>
    /// <param name="cancellationToken">Stops in the middle and leaves nothing.</param>
    /// <exception cref="TransferException">A blob is missing or damaged, naming the image; or <see cref="ErrorCode.TargetUnwritable"/>. No package is left then.</exception>
    public static async Task<PackageIndex> WriteAsync(string path, PackageBuilder contents, CancellationToken cancellationToken)
    {
        path = Path.GetFullPath(path);
        var partial = path + ".partial";
        var index = contents.Build();
        PackageMember? member = null;
        try
        {
            await using (var file = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 256 * 1024))
            {
                await PackageTar.WriteAsync(index, file, (blob, token) => contents.OpenAsync(blob.Blob!.Value, token), begun => member = begun, cancellationToken);
                file.Flush(flushToDisk: true);
            }
            File.Move(partial, path, overwrite: true);
            return index;
        }
        catch (Exception e)
        {
            Delete(partial);
            throw e switch
            {
                TransferException { Error: var error } when member?.Blob is { } digest => new TransferException(error with
                {
                    Message = $"{error.Message} It belongs to {contents.ImageOf(digest)}, so there is no package.",
                    Scope = ErrorScope.Endpoint,
                    Repository = contents.ImageOf(digest).Repository,
                    Reference = contents.ImageOf(digest).Reference,
                }, e),
                _ when TreeErrors.IsFileTrouble(e) => TreeErrors.Unwritable(path, e).At(ErrorScope.Endpoint),
                _ => e,
            };
        }
    }

    private static void Delete(string partial)
    {
        try
        {
            File.Delete(partial);
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e))
        {
            // The first failure is the one to tell; a later run writes over what is left.
        }
    }
}
