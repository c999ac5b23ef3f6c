using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Service.Registry;

/// <summary>What a registry serves: a storage tree, and its writer where it may be written.</summary>
public sealed class ServedTree : IDisposable
{
    private const string TreeScheme = "registry-tree:";
    private const string TarScheme = "registry-tar:";

    private ServedTree(RegistryTreeView view, RegistryTreeWriter? writer) => (View, Writer) = (view, writer);

    public RegistryTreeView View { get; }

    /// <summary>Null if the tree is only read.</summary>
    public RegistryTreeWriter? Writer { get; }

    /// <summary>Opens <c>registry-tree:PATH</c>, <c>registry-tar:FILE</c>, or a path that is either.</summary>
    /// <exception cref="TransferException">With <see cref="ErrorScope.Endpoint"/>: not there, not readable, or a tar that is to be written.</exception>
    public static ServedTree Open(string text, bool isWritable)
    {
        var isTar = text.StartsWith(TarScheme, StringComparison.Ordinal);
        var path = isTar ? text[TarScheme.Length..] : text.StartsWith(TreeScheme, StringComparison.Ordinal) ? text[TreeScheme.Length..] : text;
        if (path.Length == 0)
            throw RegistryServer.Invalid("The address names no folder or file.", "Give the folder that the registry's configuration calls rootdirectory, or a tar of it.");
        isTar = isTar || (path == text && File.Exists(path));
        if (!isWritable)
            return new ServedTree(isTar ? RegistryTreeView.OpenTar(path) : RegistryTreeView.Open(path), null);
        return isTar ? throw RegistryServer.Invalid("A tar can only be read.", "Unpack it, or serve it without --writable.") : Of(RegistryTreeWriter.OpenOrCreate(path));
    }

    /// <summary>A tree with its writer, owned from now on.</summary>
    public static ServedTree Of(RegistryTreeWriter writer) => new(writer.View, writer);

    public void Dispose() => View.Dispose();
}
