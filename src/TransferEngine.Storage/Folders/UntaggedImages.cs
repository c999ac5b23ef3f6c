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
        foreach (var (repository, digests) in staging.ListManifests())
        {
            var folders = forest.Of(repository);
            var left = digests.Where(digest => folders.FindManifest(digest) is null).ToList();
            // Read twice, since all of them at once may be more than memory holds.
            var members = left.SelectMany(digest => writer.FindMember(repository, digest)!.Children).Select(child => child.Digest).ToHashSet();
            foreach (var digest in left.Where(digest => !members.Contains(digest)))
            {
                cancellationToken.ThrowIfCancellationRequested();
                WriteIfWhole(writer, repository, writer.FindMember(repository, digest)!);
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
