using TransferEngine.Images;

namespace TransferEngine.Storage.Folders;

/// <summary>
/// What an image's folder is called, the last part of its repository's name in front: <c>app:v1</c>, <c>app@sha256:…</c> for an
/// image without a tag (both as <c>skopeo sync</c> names them), or <c>app</c> alone, which stands for <c>app:latest</c>.
/// </summary>
/// <param name="Folder">As found.</param>
/// <param name="Name">What stands before the first colon or at sign.</param>
/// <param name="Text">The tag or digest as found, right or wrong.</param>
/// <param name="IsDigest">Whether an at sign parts them.</param>
internal readonly record struct ImageFolderName(string Folder, string Name, string Text, bool IsDigest)
{
    public const string DefaultTag = "latest";

    private const string Separators = ":@";

    /// <summary>The tag; null if there is none, or no valid one.</summary>
    public Tag? Tag => !IsDigest && Images.Tag.TryParse(Text, out var tag) ? tag : null;

    /// <summary>The digest; null if there is none, or no valid one.</summary>
    public Digest? Digest => IsDigest && Images.Digest.TryParse(Text, out var digest) ? digest : null;

    /// <summary>Whether the name says of itself that there is an image.</summary>
    public static bool IsTold(ReadOnlySpan<char> folder) => folder.IndexOfAny(Separators) >= 0;

    public static ImageFolderName Of(string folder)
    {
        var end = folder.AsSpan().IndexOfAny(Separators);
        return end < 0
            ? new ImageFolderName(folder, folder, DefaultTag, IsDigest: false)
            : new ImageFolderName(folder, folder[..end], folder[(end + 1)..], folder[end] == '@');
    }

    /// <summary>The folder of an image, below the forest's root.</summary>
    public static string PathOf(RepositoryName repository, Reference reference) =>
        $"{repository}{(reference.Tag is null ? '@' : ':')}{reference}";
}
