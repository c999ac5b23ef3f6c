using TransferEngine.Images;

namespace TransferEngine.Storage.Folders;

/// <summary>The failures that only image folders have, worded once.</summary>
internal static class FolderErrors
{
    public static TransferException NoManifest(string folder) =>
        new(new TransferError(ErrorCode.ManifestMissing, $"The folder has no {ImageFolder.ManifestName}: it is no image, or its copy was never finished.")
        {
            Path = folder,
            Hint = "Copy the image again.",
        });

    public static TransferException NotFound(string path, string message, string? hint = null) =>
        new(new TransferError(ErrorCode.SourceNotFound, message) { Scope = ErrorScope.Endpoint, Path = path, Hint = hint });

    public static TransferError InvalidName(string name, string path) =>
        new(ErrorCode.RepositoryNameInvalid, $"'{Printable.Of(name)}' is no valid repository name, so no registry serves or takes it.")
        {
            Scope = ErrorScope.Repository,
            Path = path,
            Hint = "Rename the folder to NAME:TAG, with a name of lower-case letters, digits and single separators, at most 255 characters in all.",
        };
}
