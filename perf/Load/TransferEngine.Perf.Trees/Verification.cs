namespace TransferEngine.Perf.Trees;

/// <summary>Holds a target registry's own storage against the tree: a run that lost something has no figure.</summary>
internal static class Verification
{
    /// <summary>What is missing or differs, one line each; empty if every image is whole.</summary>
    public static IEnumerable<string> Differences(IReadOnlyList<TaggedImage> images, TreePaths target)
    {
        foreach (var image in images)
        {
            var link = target.TagLink(image.Repository, image.Tag);
            if (!File.Exists(link) || File.ReadAllText(link) != image.Manifest.Self.Digest)
                yield return $"{image.Repository}:{image.Tag} isn't {image.Manifest.Self.Digest}";
            foreach (var manifest in image.Manifest.ChildrenFirst())
            {
                if (!IsStored(target, target.RevisionLink(image.Repository, manifest.Self.Digest), manifest.Self))
                    yield return $"{image.Repository}: manifest {manifest.Self.Digest} is missing";
                foreach (var blob in manifest.Blobs)
                {
                    if (!IsStored(target, target.LayerLink(image.Repository, blob.Digest), blob))
                        yield return $"{image.Repository}: blob {blob.Digest} is missing";
                }
            }
        }
    }

    private static bool IsStored(TreePaths target, string link, Blob blob) =>
        File.Exists(link) && new FileInfo(target.Data(blob.Digest)) is { Exists: true } data && data.Length == blob.Size;
}
