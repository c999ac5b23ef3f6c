using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Folders;

/// <summary>
/// The host that <c>skopeo sync --scoped</c> puts in front of the names. With a port it can't be part of a name, so it is left out; without
/// one it can, and only the user knows.
/// </summary>
internal static class HostFolder
{
    /// <summary>The root of the repositories' names, and what to tell of it.</summary>
    public static (string Root, IReadOnlyList<string> Notes) Find(string path)
    {
        var listing = FolderListing.Read(path);
        if (listing is { Names: [var only], Plain.Count: 0 } && listing.Images(only) is [var folder] && IsOnlyHost(Path.Join(path, folder), folder))
            return (Path.Join(path, folder), [$"The folder {folder} is taken for a registry's host and left out of the names."]);
        var hosts = listing.Plain.Where(name => name.Contains('.', StringComparison.Ordinal) || name == "localhost").Order(StringComparer.Ordinal).Take(3).ToList();
        return (path, [.. hosts.Where(host => !File.Exists(Path.Join(path, host, ImageFolder.ManifestName))).Select(host =>
            $"The folder {Printable.Of(host)} is part of the names of the images below it. If 'skopeo sync --scoped' put the host there, give dir:{Path.Join(path, Printable.Of(host))}, or leave it out by --map.")]);
    }

    /// <summary>Whether a folder that is no image is called like a host with its port; <c>alpine:3/alpine:3</c> is an image in a folder of its own.</summary>
    public static bool IsHost(string path, string folder) =>
        ImageFolderName.Of(folder) is { IsDigest: false, Text: { Length: > 0 and <= 5 } port } && port.All(char.IsAsciiDigit) && !Directory.Exists(Path.Join(path, folder));

    private static bool IsOnlyHost(string path, string folder) =>
        IsHost(path, folder) && new FileInfo(path).LinkTarget is null && ImageFolder.FindManifest(new FolderTreeReader(RealPath.Of(path)), path) is null && FolderListing.Read(path).Names.Count > 0;
}
