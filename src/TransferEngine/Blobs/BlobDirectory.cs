using TransferEngine.Images;

namespace TransferEngine.Blobs;

/// <summary>
/// The blob directory as repositories see it: which partition a digest belongs to. Few partitions alone, since SQLite makes a transaction for
/// each actor that writes; in a cluster one reference, to all of them.
/// </summary>
internal sealed class BlobDirectory(IReadOnlyList<IActorRef> partitions)
{
    public IActorRef this[Digest digest] => partitions.Count == 1 ? partitions[0] : partitions[NumberOf(digest, partitions.Count)];

    public IReadOnlyList<IActorRef> Partitions => partitions;

    /// <summary>By the digest's own first bits, which are as good as random.</summary>
    public static int NumberOf(Digest digest, int count) => (Convert.ToInt32(digest.Hex[..4], 16) & 0xffff) % count;
}
