using System.Text;
using Microsoft.Win32.SafeHandles;
using TransferEngine.Images;

namespace TransferEngine.Storage;

/// <summary>
/// Reads files of a tree that nobody vouches for: never outside the root, whatever symbolic links say, and never more than
/// what is asked for. Failures are <see cref="TransferException"/>s that name the path.
/// </summary>
internal sealed class TreeFiles(string root)
{
    // The longest link is "sha512:" and 128 digits; the rest is room for white space.
    private const int MaxLink = 256;

    private readonly string _prefix = root.TrimEnd('/') + "/";

    /// <summary>The real path of the <c>v2</c> folder, without symbolic links.</summary>
    public string Root { get; } = root;

    public static string RealPath(string path)
    {
        var real = "/";
        foreach (var part in Path.GetFullPath(path).Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            real = Path.Combine(real, part);
            if (new DirectoryInfo(real).ResolveLinkTarget(returnFinalTarget: true) is { } target)
                real = RealPath(target.FullName);
        }
        return real;
    }

    public bool IsInside(string realPath) => realPath == Root || realPath.StartsWith(_prefix, StringComparison.Ordinal);

    /// <summary>Names of the subfolders, links to folders included, in ordinal order; none if there is no such folder.</summary>
    public static IReadOnlyList<string> ListFolders(string path)
    {
        try
        {
            var names = new List<string>();
            foreach (var folder in new DirectoryInfo(path).EnumerateDirectories())
                names.Add(folder.Name);
            names.Sort(StringComparer.Ordinal);
            return names;
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw Unreadable(path, e);
        }
    }

    /// <summary>The text of a small link file, without white space around it. Registries write it without a newline.</summary>
    public string ReadLink(string path)
    {
        using var file = Open(path);
        Span<byte> buffer = stackalloc byte[MaxLink];
        var length = Read(file, buffer, path);
        return Encoding.UTF8.GetString(buffer[..length]).Trim();
    }

    /// <exception cref="TransferException"><see cref="ErrorCode.ManifestTooLarge"/> if there is more than <paramref name="max"/> bytes.</exception>
    public byte[] ReadAll(string path, int max)
    {
        using var file = Open(path);
        var length = RandomAccess.GetLength(file);
        if (length > max)
            throw new TransferException(new TransferError(ErrorCode.ManifestTooLarge, $"The manifest has {length} bytes; no registry takes more than {max}.") { Path = path });
        var bytes = new byte[length];
        var read = Read(file, bytes, path);
        return read == length ? bytes : bytes[..read];
    }

    public static long? FindLength(string path)
    {
        try
        {
            var file = new FileInfo(path);
            return file.Exists ? file.Length : null;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw Unreadable(path, e);
        }
    }

    /// <exception cref="TransferException">
    /// <see cref="ErrorCode.SourceNotFound"/>, <see cref="ErrorCode.SourceOutsideRoot"/> or <see cref="ErrorCode.SourceUnreadable"/>.
    /// </exception>
    public SafeFileHandle Open(string path)
    {
        SafeFileHandle file;
        try
        {
            file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TransferException(new TransferError(ErrorCode.SourceNotFound, "There is no such file.") { Path = path }, e);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw Unreadable(path, e);
        }
        if (IsInside(WhereIs(file, path)))
            return file;
        file.Dispose();
        throw new TransferException(new TransferError(ErrorCode.SourceOutsideRoot, "A symbolic link leads out of the tree; it is not followed.")
        { Path = path, Hint = "Copy what it points to into the tree, or migrate the tree it belongs to." });
    }

    public static TransferException Unreadable(string path, Exception cause) =>
        new(new TransferError(ErrorCode.SourceUnreadable, cause is UnauthorizedAccessException ? "Permission denied." : $"It can't be read: {Printable.Of(cause.Message)}")
        { Path = path, Hint = "Run as a user who may read the whole tree." }, cause);

    // Asked of the open file, not of the path: no link can be swapped in between. One readlink instead of one lstat per folder.
    private static string WhereIs(SafeFileHandle file, string path) => OperatingSystem.IsLinux()
        ? File.ResolveLinkTarget($"/proc/self/fd/{file.DangerousGetHandle()}", returnFinalTarget: false)?.FullName ?? path
        : RealPath(path);

    private static int Read(SafeFileHandle file, Span<byte> buffer, string path)
    {
        try
        {
            var total = 0;
            for (int read; total < buffer.Length && (read = RandomAccess.Read(file, buffer[total..], total)) > 0;)
                total += read;
            return total;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw Unreadable(path, e);
        }
    }
}
