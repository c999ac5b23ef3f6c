using TransferEngine.Images;

namespace TransferEngine.Storage.Folders;

/// <summary>
/// Manifests that were put by digest and that no folder's index took in: untagged images and referrers (signatures, SBOMs). Each
/// becomes a folder <c>app@sha256:…</c>, as <c>skopeo sync</c> names an image that it was told by digest.
/// </summary>
internal static class UntaggedImages
{
    public static void Write(FolderForest forest, StagingFolder staging, ImageFolderWriter writer, CancellationToken cancellationToken)
    {
        foreach (var (repository, digests) in staging.ListManifests().ToList())
        {
            var folders = forest.Of(repository);
            var left = digests.Where(digest => folders.FindManifest(digest) is null)
                .Select(digest => writer.FindMember(repository, digest)!).ToList();
            var members = left.SelectMany(manifest => manifest.Children).Select(child => child.Digest).ToHashSet();
            foreach (var manifest in left.Where(manifest => !members.Contains(manifest.Digest)))
            {
                cancellationToken.ThrowIfCancellationRequested();
                WriteIfWhole(writer, repository, manifest);
            }
        }
    }

    private static void WriteIfWhole(ImageFolderWriter writer, RepositoryName repository, Manifest manifest)
    {
        try
        {
            writer.Write(repository, manifest.Digest, manifest);
        }
        catch (TransferException e) when (e.Error.Code == ErrorCode.TargetBlobUnknown)
        {
            // Part of an image that failed, which the run told of.
        }
    }
}
