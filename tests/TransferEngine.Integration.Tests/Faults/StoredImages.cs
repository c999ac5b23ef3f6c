using TransferEngine.Images;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Integration.Tests.Faults;

/// <summary>What lies in the target, by plain reading of its files and none of our own readers.</summary>
internal abstract class StoredImages
{
    /// <summary>Why the image is not there whole; null if it is.</summary>
    public string? FaultOf(PlannedImage image) => FaultOfTag(image)
        ?? image.Manifests.Select(digest => FaultOf(image, digest, isManifest: true)).Concat(image.Blobs.Select(digest => FaultOf(image, digest, isManifest: false)))
            .FirstOrDefault(fault => fault is not null);

    /// <summary>Whether the repository names the blob, so that a look there finds it.</summary>
    public abstract bool HasBlob(string repository, Digest digest);

    protected abstract string? FaultOfTag(PlannedImage image);

    protected abstract string? FaultOf(PlannedImage image, Digest digest, bool isManifest);

    protected static string? FaultOfFile(string path, Digest digest) => !File.Exists(path) ? $"{digest} is missing"
        : Digest.OfSha256(File.ReadAllBytes(path)) != digest ? $"{digest} has other bytes" : null;

    /// <summary>A registry's storage tree.</summary>
    public sealed class InTree(string root) : StoredImages
    {
        private readonly StorageTreeBuilder _tree = new(root);

        public override bool HasBlob(string repository, Digest digest) => File.Exists(_tree.LayerLinkPath(repository, digest));

        protected override string? FaultOfTag(PlannedImage image) => FaultOfLink(_tree.TagLinkPath(image.Repository, image.Tag), image.Root.Digest);

        protected override string? FaultOf(PlannedImage image, Digest digest, bool isManifest) =>
            FaultOfLink(isManifest ? _tree.RevisionLinkPath(image.Repository, digest) : _tree.LayerLinkPath(image.Repository, digest), digest)
            ?? FaultOfFile(_tree.BlobPath(digest), digest);

        private static string? FaultOfLink(string path, Digest digest) =>
            !File.Exists(path) ? $"there is no {path}" : File.ReadAllText(path) is var text && text != digest.ToString() ? $"{path} names {text}" : null;
    }

    /// <summary>Folders as skopeo's <c>dir:</c> has them.</summary>
    public sealed class InFolders(string root) : StoredImages
    {
        public override bool HasBlob(string repository, Digest digest) => FoldersOf(repository).Any(folder => File.Exists(Path.Combine(folder, digest.Hex)));

        protected override string? FaultOfTag(PlannedImage image) => FaultOfFile(Path.Combine(FolderOf(image), "manifest.json"), image.Root.Digest);

        protected override string? FaultOf(PlannedImage image, Digest digest, bool isManifest)
        {
            var name = !isManifest ? digest.Hex : digest == image.Root.Digest ? "manifest.json" : $"{digest.Hex}.manifest.json";
            return FaultOfFile(Path.Combine(FolderOf(image), name), digest);
        }

        private string FolderOf(PlannedImage image) => Path.Combine(root, $"{image.Repository}:{image.Tag}");

        private IEnumerable<string> FoldersOf(string repository)
        {
            var parent = Path.GetDirectoryName(Path.Combine(root, repository))!;
            return Directory.Exists(parent) ? Directory.EnumerateDirectories(parent, $"{Path.GetFileName(repository)}:*") : [];
        }
    }
}
