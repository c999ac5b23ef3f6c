using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;
using TransferEngine.Storage.Tars;

namespace TransferEngine.Storage.Layouts;

/// <summary>Opens a tar of a layout, which may lie in it at the top or in one folder.</summary>
internal static class LayoutArchive
{
    private const int MaxMembers = 20_000_000;

    /// <exception cref="TransferException">With <see cref="ErrorScope.Endpoint"/>: no such file, or no tar.</exception>
    public static (TarTreeReader Tree, TransferError? Damage) Open(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 64 * 1024);
            var index = TarIndex.Read(stream, path, MaxMembers);
            var damage = index.Damage is { } text ? new TransferError(ErrorCode.SourceUnreadable, text) { Scope = ErrorScope.Endpoint, Path = path } : null;
            return (new TarTreeReader(File.OpenHandle(path), path, index, RootOf(index.Top)), damage);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TransferException(new TransferError(ErrorCode.SourceNotFound, "There is no such file.") { Scope = ErrorScope.Endpoint, Path = path }, e);
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e))
        {
            throw TreeErrors.Unreadable(path, e).At(ErrorScope.Endpoint);
        }
    }

    private static string RootOf(TarNode top)
    {
        if (top.Find(LayoutReader.Index) is not null)
            return "";
        var below = top.Children.Where(child => child.Value.IsFolder && child.Value.Find(LayoutReader.Index) is not null).Take(2).ToList();
        return below is [var only] ? "/" + only.Key : "";
    }
}
