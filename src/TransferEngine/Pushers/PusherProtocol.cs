using TransferEngine.Blobs;
using TransferEngine.Images;

namespace TransferEngine.Pushers;

/// <summary>Messages of the crew that moves bytes. None of them carries any.</summary>
internal static class PusherProtocol
{
    /// <summary>
    /// Upload this blob. From the directory to the crew, which keeps it until a pusher asks; answered by
    /// <see cref="BlobProtocol.BlobPushed"/>.
    /// </summary>
    /// <param name="Claim">What is wanted, from where to where.</param>
    /// <param name="Session">An upload session that the registry opened already, in place of a mount.</param>
    public sealed record PushBlob(BlobClaim Claim, UploadSession? Session) : BlobProtocol.IBlobCommand
    {
        public BlobProtocol.PlaceBlob Place => Claim.Place;

        public Descriptor Blob => Claim.Place.Blob;
    }

    /// <summary>
    /// Carry this blob now. From the crew to a pusher that has nothing to do, and again whenever the crew is asked again; answered by
    /// <see cref="Carried"/>.
    /// </summary>
    /// <param name="Number">The crew's count: a pusher does what has a higher one than all before.</param>
    /// <param name="Push">Which.</param>
    public sealed record Carry(long Number, PushBlob Push);

    /// <summary>The pusher is done with it, and has nothing to do. To the crew.</summary>
    public sealed record Carried(long Number, BlobOutcome Outcome);

    /// <summary>A pusher's actor is gone. By death watch.</summary>
    public sealed record PusherGone(int Number);

    /// <summary>A pusher's own detached upload has ended.</summary>
    public sealed record UploadEnded(BlobOutcome Outcome);
}
