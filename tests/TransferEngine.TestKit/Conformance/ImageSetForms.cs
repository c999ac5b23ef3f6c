using System.Formats.Tar;
using System.Text.Json;
using TransferEngine.Images;
using TransferEngine.TestKit.Docker;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.TestKit.Conformance;

/// <summary>Writes a set of images in the forms that programs of others write, with what is missing or wrong in it.</summary>
public static class ImageSetForms
{
    /// <summary>A registry's storage tree. What its manifests name is linked whether it is there or not, as after a loss.</summary>
    public static string WriteTree(this ImageSet set, string root)
    {
        var tree = new StorageTreeBuilder(root);
        Directory.CreateDirectory(Path.Join(tree.V2, "repositories"));
        Directory.CreateDirectory(Path.Join(tree.V2, "blobs"));
        foreach (var (name, repository) in set.Repositories)
        {
            foreach (var (digest, content) in repository.Blobs.Concat(repository.Manifests))
                tree.WriteBlob(digest, content);
            foreach (var digest in repository.Manifests.Keys)
                tree.LinkRevision(name.ToString(), digest);
            foreach (var digest in repository.Blobs.Keys.Concat(ParsedOf(repository).SelectMany(manifest => manifest.Blobs).Where(blob => !blob.IsForeign).Select(blob => blob.Digest)))
                tree.LinkLayer(name.ToString(), digest);
            foreach (var (tag, digest) in repository.Tags)
                tree.Tag(name.ToString(), tag.ToString(), digest);
        }
        return tree.Root;
    }

    /// <summary>A tar of a folder's content.</summary>
    public static string Pack(string folder, string tar)
    {
        TarFile.CreateFromDirectory(folder, tar, includeBaseDirectory: false);
        return tar;
    }

    /// <summary>A forest of image folders, as <c>skopeo sync --dest dir</c> makes it.</summary>
    public static string WriteFolders(this ImageSet set, string root)
    {
        foreach (var (name, repository) in set.Repositories)
        {
            var children = ChildrenOf(repository);
            foreach (var (tag, digest) in repository.Tags)
                WriteFolder(Path.Join(root, $"{name}:{tag}"), repository, digest);
            foreach (var digest in repository.Untagged.Where(digest => !children.Contains(digest)))
                WriteFolder(Path.Join(root, $"{name}@{digest}"), repository, digest);
        }
        return root;
    }

    /// <summary>An OCI image layout whose entries have names, but for what refers to another image.</summary>
    public static string WriteLayout(this ImageSet set, string root)
    {
        var entries = new List<object>();
        foreach (var (name, repository) in set.Repositories)
        {
            foreach (var (digest, content) in repository.Blobs.Concat(repository.Manifests))
                WriteFile(Path.Join(root, "blobs", digest.Algorithm, digest.Hex), content);
            var children = ChildrenOf(repository);
            entries.AddRange(repository.Tags.Select(tag => EntryOf(repository, tag.Value, $"{name}:{tag.Key}")));
            foreach (var digest in repository.Untagged.Where(digest => !children.Contains(digest)))
                entries.Add(EntryOf(repository, digest, ParsedOf(repository).Any(manifest => manifest.Digest == digest && manifest.Subject is not null) ? null : $"{name}@{digest}"));
        }
        WriteFile(Path.Join(root, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}"""u8.ToArray());
        WriteFile(Path.Join(root, "index.json"), JsonSerializer.SerializeToUtf8Bytes(new { schemaVersion = 2, manifests = entries }));
        return root;
    }

    /// <summary>What <c>docker save</c> writes. Images that docker can't hold are left out.</summary>
    public static string WriteSaved(this ImageSet set, string path)
    {
        using var archive = new SavedArchive(path);
        foreach (var image in set.SavedImages().GroupBy(image => image.Image.Id))
            archive.Add(image.First().Image, [.. image.Select(named => named.Name)]);
        return path;
    }

    /// <summary>The images that docker can hold, by the names that it gives them.</summary>
    public static IEnumerable<(string Name, SavedSample Image)> SavedImages(this ImageSet set) =>
        from repository in set.Repositories
        from image in repository.Value.Saved
        select ($"{repository.Key}:{image.Key}", image.Value.Saved!);

    private static void WriteFolder(string folder, ImageSetRepository repository, Digest root)
    {
        WriteFile(Path.Join(folder, "version"), "Directory Transport Version: 1.1\n"u8.ToArray());
        WriteFile(Path.Join(folder, "manifest.json"), repository.Manifests[root]);
        var waiting = new Stack<Manifest>(ParsedOf(repository).Where(manifest => manifest.Digest == root));
        while (waiting.TryPop(out var manifest))
        {
            foreach (var blob in manifest.Blobs)
                if (repository.Blobs.TryGetValue(blob.Digest, out var content))
                    WriteFile(Path.Join(folder, blob.Digest.Hex), content);
            foreach (var child in manifest.Children)
            {
                if (repository.Manifests.TryGetValue(child.Digest, out var bytes))
                    WriteFile(Path.Join(folder, child.Digest.Hex + ".manifest.json"), bytes);
                foreach (var parsed in ParsedOf(repository).Where(parsed => parsed.Digest == child.Digest))
                    waiting.Push(parsed);
            }
        }
    }

    private static object EntryOf(ImageSetRepository repository, Digest digest, string? name)
    {
        var mediaType = ParsedOf(repository).FirstOrDefault(manifest => manifest.Digest == digest)?.MediaType ?? MediaType.OciManifest;
        var annotations = name is null ? [] : new Dictionary<string, string> { ["org.opencontainers.image.ref.name"] = name };
        return new { mediaType, digest = digest.ToString(), size = repository.Manifests[digest].Length, annotations };
    }

    private static HashSet<Digest> ChildrenOf(ImageSetRepository repository) => [.. ParsedOf(repository).SelectMany(manifest => manifest.Children).Select(child => child.Digest)];

    /// <summary>The manifests that are sound.</summary>
    private static IEnumerable<Manifest> ParsedOf(ImageSetRepository repository)
    {
        foreach (var (digest, bytes) in repository.Manifests)
            if (Digest.OfSha256(bytes) == digest)
                yield return ManifestReader.Read(bytes, digest);
    }

    private static void WriteFile(string path, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
    }
}
