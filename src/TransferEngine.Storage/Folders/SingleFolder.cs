using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Folders;

/// <summary>
/// The one image of <c>dir:PATH</c>. It is named after its folder, <c>app:v1</c> or <c>app</c>, since nothing in it tells a name.
/// </summary>
internal sealed class SingleFolder : IFolderCollection
{
    private readonly RepositoryName _repository;
    private readonly RepositoryFolders _folders;
    private readonly RepositoryFolders _none;

    private SingleFolder(TreeReader reader, ImageFolderName name, RepositoryName repository)
    {
        Reader = reader;
        _repository = repository;
        _none = new RepositoryFolders(reader, repository);
        _folders = new RepositoryFolders(reader, repository);
        // The name may be that of a link to the folder: it is not entered by it.
        _folders.Add(name with { Folder = "" }, reader.Root);
    }

    public TreeReader Reader { get; }

    /// <summary>Null if the folder is no image.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.RepositoryNameInvalid"/>, or it can't be read.</exception>
    public static SingleFolder? TryOpen(string path)
    {
        var reader = new FolderTreeReader(RealPath.Of(path));
        if (ImageFolder.FindManifest(reader, reader.Root) is null)
            return null;
        var name = ImageFolderName.Of(Path.GetFileName(path));
        return RepositoryName.TryParse(name.Name, out var repository)
            ? new SingleFolder(reader, name, repository)
            : throw new TransferException(FolderErrors.InvalidName(name.Name, path));
    }

    public IEnumerable<SourceRepository> Walk() => [new SourceRepository(_repository.ToString(), _repository)];

    public RepositoryFolders Of(RepositoryName repository) => repository == _repository ? _folders : _none;
}
