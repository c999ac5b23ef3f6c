namespace TransferEngine.Storage.Folders;

/// <summary>How far <see cref="DirSource.Open"/> looks for a first image.</summary>
public sealed record DirOptions
{
    /// <summary>Folders looked at before the search gives up, so that a wrong path can't walk a whole disk.</summary>
    public int ProbeFolders { get; init; } = 10_000;
}
