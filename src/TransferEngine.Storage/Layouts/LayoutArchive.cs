using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;
using TransferEngine.Storage.Tars;

namespace TransferEngine.Storage.Layouts;

/// <summary>Opens a tar of a layout, which may lie in it at the top or in one folder.</summary>
internal static class LayoutArchive
{
    /// <inheritdoc cref="OpenedTar.OpenReader"/>
    public static (TarTreeReader Tree, TransferError? Damage) Open(string path, RegistryTreeOptions options, bool mustSeek = false)
    {
        var (tree, damage) = OpenedTar.OpenReader(path, options, index => RootOf(index.Top), mustSeek);
        return (tree, damage is null ? null : new TransferError(ErrorCode.SourceUnreadable, damage) { Scope = ErrorScope.Endpoint, Path = path });
    }

    private static string RootOf(TarNode top)
    {
        if (top.Find(LayoutReader.Index) is not null)
            return "";
        var below = top.Children.Where(child => child.Value.IsFolder && child.Value.Find(LayoutReader.Index) is not null).Take(2).ToList();
        return below is [var only] ? "/" + only.Key : "";
    }
}
