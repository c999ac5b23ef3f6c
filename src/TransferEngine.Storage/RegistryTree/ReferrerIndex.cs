using System.Collections.Concurrent;
using TransferEngine.Images;

namespace TransferEngine.Storage.RegistryTree;

/// <summary>
/// Which revisions of a repository refer to which: read from the revisions themselves, once while the repository is among those
/// asked for last. A revision that can't be read refers to nothing; as an image of its own it is reported.
/// </summary>
internal sealed class ReferrerIndex(TreeReader reader, BlobStore blobs, LeftAlone leftAlone)
{
    // More than a run has repositories open.
    private const int MaxRepositories = 64;

    private readonly ConcurrentDictionary<RepositoryName, Lazy<ILookup<Digest, Digest>>> _known = new();
    private readonly ConcurrentQueue<RepositoryName> _order = new();

    public IEnumerable<Digest> Of(RepositoryName repository, Digest subject)
    {
        var index = _known.GetOrAdd(repository, name =>
        {
            _order.Enqueue(name);
            return new Lazy<ILookup<Digest, Digest>>(() => Read(name));
        });
        while (_known.Count > MaxRepositories && _order.TryDequeue(out var oldest))
            _known.TryRemove(oldest, out _);
        return index.Value[subject];
    }

    private ILookup<Digest, Digest> Read(RepositoryName repository) =>
        new ImageListing(reader, repository, leftAlone).Revisions()
            .Select(revision => (Revision: revision, Subject: SubjectOf(revision)))
            .Where(found => found.Subject is not null)
            .ToLookup(found => found.Subject!.Value, found => found.Revision);

    private Digest? SubjectOf(Digest revision)
    {
        try
        {
            if (blobs.Find(revision) is not { } file)
                return null;
            var bytes = reader.ReadStart(file, Manifest.MaxBytes + 1);
            // Few manifests have one: the word alone tells most of them apart without parsing.
            return bytes.AsSpan().IndexOf("\"subject\""u8) < 0 ? null : ManifestReader.Read(bytes, revision).Subject?.Digest;
        }
        catch (TransferException)
        {
            return null;
        }
    }
}
