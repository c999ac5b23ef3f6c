namespace TransferEngine.Storage.Tars;

/// <summary>What a member of an archive is. Devices, pipes and the like are of no use to anybody.</summary>
internal enum TarMemberKind
{
    File,
    Folder,
    SymbolicLink,
    HardLink,
    Other,
}

/// <summary>A member as its headers describe it.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">As written.</param>
/// <param name="LinkName">What a link leads to, as written.</param>
/// <param name="Offset">Where its content begins, in the uncompressed archive.</param>
/// <param name="Stored">Length of its content there.</param>
internal sealed record TarMember(TarMemberKind Kind, string Name, string LinkName, long Offset, long Stored)
{
    /// <summary>Where its stored parts belong, if it is a sparse file.</summary>
    public SparseMap? Sparse { get; init; }

    /// <summary>Why it can't be read, though it is there.</summary>
    public string? Trouble { get; init; }

    /// <summary>Length of the file.</summary>
    public long Length => Sparse?.Length ?? Stored;
}
