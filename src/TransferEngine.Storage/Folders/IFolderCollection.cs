using TransferEngine.Images;

namespace TransferEngine.Storage.Folders;

/// <summary>Image folders by repository: one, or a forest of them.</summary>
internal interface IFolderCollection
{
    /// <summary>What the user should know of them, as far as they were looked at.</summary>
    IEnumerable<string> Notes => [];

    IEnumerable<SourceRepository> Walk();

    /// <summary>The folders of a repository; of one that is not there, none.</summary>
    /// <exception cref="TransferException">A folder that leads to them can't be read.</exception>
    RepositoryFolders Of(RepositoryName repository);
}
