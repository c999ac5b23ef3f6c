namespace TransferEngine.Perf.Trees;

/// <summary>
/// The least that an empty registry must be asked for to hold all tagged images, one request or upload a line,
/// fields parted by tabs. BARRIER lines part what must wait: mounts for the uploads, manifests for their blobs, an
/// index for its children.
/// </summary>
internal static class ReadyList
{
    public static string Write(TreeReader tree, TextWriter output)
    {
        var images = tree.ReadImages();
        var uploads = new Dictionary<string, (Blob Blob, string Repository)>();
        var mounts = new List<(string Digest, string Repository, string From)>();
        var children = new List<(string Repository, StoredManifest Manifest)>();
        foreach (var repository in images.GroupBy(image => image.Repository))
        {
            var manifests = repository.SelectMany(image => image.Manifest.ChildrenFirst()).Distinct().ToArray();
            foreach (var blob in manifests.SelectMany(manifest => manifest.Blobs).DistinctBy(blob => blob.Digest))
            {
                if (!uploads.TryAdd(blob.Digest, (blob, repository.Key)))
                    mounts.Add((blob.Digest, repository.Key, uploads[blob.Digest].Repository));
            }

            var tagged = repository.Select(image => image.Manifest.Self.Digest).ToHashSet();
            children.AddRange(manifests.Where(m => !tagged.Contains(m.Self.Digest)).Select(m => (repository.Key, m)));
        }

        foreach (var (blob, repository) in uploads.Values)
            output.WriteLine($"UPLOAD\t{blob.Digest}\t{blob.Size}\t{tree.Paths.Data(blob.Digest)}\t{repository}");
        output.WriteLine("BARRIER");
        foreach (var (digest, repository, from) in mounts)
            output.WriteLine($"MOUNT\t{digest}\t{repository}\t{from}");
        output.WriteLine("BARRIER");
        foreach (var (repository, manifest) in children)
            output.WriteLine(Manifest(tree, repository, manifest.Self.Digest, manifest));
        output.WriteLine("BARRIER");
        foreach (var image in images)
            output.WriteLine(Manifest(tree, image.Repository, image.Tag, image.Manifest));

        var bytes = uploads.Values.Sum(upload => upload.Blob.Size);
        var repositories = images.Select(image => image.Repository).Distinct().Count();
        return FormattableString.Invariant(
            $"{images.Count} images, {repositories} repositories, {uploads.Count} uploads, {mounts.Count} mounts, {children.Count + images.Count} manifests, {bytes} bytes");
    }

    private static string Manifest(TreeReader tree, string repository, string reference, StoredManifest manifest) =>
        $"MANIFEST\t{repository}\t{reference}\t{manifest.MediaType}\t{tree.Paths.Data(manifest.Self.Digest)}\t{manifest.Self.Size}";
}
