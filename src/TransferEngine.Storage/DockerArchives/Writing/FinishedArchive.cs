using TransferEngine.Images;

namespace TransferEngine.Storage.DockerArchives;

/// <summary>
/// An archive that was there before: what it holds by its own record, and by the members that are really in it. Their content is not
/// read for that, as a registry's HEAD does not read it.
/// </summary>
internal sealed class FinishedArchive : IDisposable
{
    private readonly ArchiveFile _archive;
    private readonly ArchiveRecord? _record;

    private FinishedArchive(ArchiveFile archive) => (_archive, _record) = (archive, ArchiveRecord.TryRead(archive));

    /// <summary>Null if there is no such file.</summary>
    /// <exception cref="TransferException">It is no archive.</exception>
    public static FinishedArchive? TryOpen(string path) => File.Exists(path) ? new FinishedArchive(ArchiveFile.Open(path)) : null;

    /// <summary>False if nobody can tell which digests its images had before.</summary>
    public bool IsRecorded => _record is not null;

    public IReadOnlyDictionary<Tag, Digest> TagsOf(RepositoryName repository)
    {
        var tags = new Dictionary<Tag, Digest>();
        foreach (var (name, value) in _record?.Tags.GetValueOrDefault(repository.ToString()) ?? [])
            if (Tag.TryParse(name, out var tag) && Digest.TryParse(value, out var digest))
                tags[tag] = digest;
        return tags;
    }

    /// <summary>Of a repository's indexes only what became of them is known, whose images are all that the record names.</summary>
    public bool HasManifest(RepositoryName repository, Digest digest) => _record is { } record && record.Tags.ContainsKey(repository.ToString()) && record.Manifests.Contains(digest.ToString());

    public long? FindBlob(Digest digest) =>
        _record?.Blobs.TryGetValue(digest.ToString(), out var blob) == true && blob is not null && _archive.Find(blob.Member) is not null ? blob.Size : null;

    public void Dispose() => _archive.Dispose();
}
