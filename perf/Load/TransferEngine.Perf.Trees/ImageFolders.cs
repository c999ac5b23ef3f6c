using System.Runtime.InteropServices;

namespace TransferEngine.Perf.Trees;

/// <summary>
/// Image folders as skopeo's <c>dir:</c> transport reads them, <c>REPOSITORY:TAG</c> each, of hard links to the
/// tree's blobs, so that skopeo reads the very same cached pages.
/// </summary>
internal static partial class ImageFolders
{
    public static int Link(TreeReader tree, string output, IReadOnlyList<TaggedImage> images)
    {
        foreach (var image in images)
        {
            var folder = Path.Combine(output, $"{image.Repository}:{image.Tag}");
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, "version"), "Directory Transport Version: 1.1\n");
            HardLink(tree.Paths.Data(image.Manifest.Self.Digest), Path.Combine(folder, "manifest.json"));
            foreach (var child in image.Manifest.Children)
                HardLink(tree.Paths.Data(child.Self.Digest), Path.Combine(folder, TreePaths.Hex(child.Self.Digest) + ".manifest.json"));
            foreach (var blob in image.Manifest.ChildrenFirst().SelectMany(m => m.Blobs).DistinctBy(b => b.Digest))
                HardLink(tree.Paths.Data(blob.Digest), Path.Combine(folder, TreePaths.Hex(blob.Digest)));
        }

        return images.Count;
    }

    private static void HardLink(string existing, string created)
    {
        if (CreateLink(existing, created) != 0)
            throw new IOException($"can't link {created} to {existing}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int CreateLink(string existing, string created);
}
