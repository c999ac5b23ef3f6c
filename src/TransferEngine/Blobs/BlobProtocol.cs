using System.Diagnostics;
using TransferEngine.Images;
using TransferEngine.Pushers;
using TransferEngine.Repositories;

namespace TransferEngine.Blobs;

/// <summary>Messages about getting blobs into the target's repositories.</summary>
internal static class BlobProtocol
{
    /// <summary>
    /// Get the blob into this repository. To the directory, from a repository; answered by <see cref="BlobPlaced"/> or
    /// <see cref="BlobNotPlaced"/>.
    /// </summary>
    /// <param name="Blob">What.</param>
    /// <param name="Source">The source's repository to read it from.</param>
    /// <param name="Target">The target's repository.</param>
    /// <param name="MayBeThere">The repository has content: ask it before uploading.</param>
    /// <param name="Recheck">It was thought to be there and is not: believe nothing that was known of this place.</param>
    /// <param name="Trace">The image that asked first, in a trace.</param>
    public sealed record PlaceBlob(
        Descriptor Blob, RepositoryName Source, RepositoryName Target, bool MayBeThere, bool Recheck, ActivityContext Trace = default);

    /// <summary>The target's repository has the blob.</summary>
    public sealed record BlobPlaced(PlacedBlob Blob);

    /// <summary>The blob could not be put there.</summary>
    public sealed record BlobNotPlaced(Digest Digest, TransferError Error);

    /// <summary>The blob was found or brought to a repository of the target. From a blob's actor to the directory.</summary>
    public sealed record BlobLocated(Digest Digest, BlobLocation Location, bool IsUploaded);

    /// <summary>A look found the blobs in this repository. From the repository to the directory.</summary>
    public sealed record BlobsFound(RepositoryName Target, IReadOnlyList<FoundBlob> Blobs);

    /// <summary>All that was asked for is answered. From a blob's actor to the directory, which may stop it then.</summary>
    public sealed record BlobIdle(Digest Digest, int Answered);

    /// <summary>A blob's actor is gone. By death watch.</summary>
    public sealed record BlobGone(Digest Digest);

    /// <summary>A HEAD came back: the blob is there with this length, or not. From a blob's own detached request.</summary>
    public sealed record BlobChecked(PlaceBlob Place, IActorRef Asker, long? Length);

    /// <summary>A mount came back. From a blob's own detached request.</summary>
    public sealed record BlobMounted(PlaceBlob Place, IActorRef Asker, MountResult Result);

    /// <summary>A check or mount failed. From a blob's own detached request.</summary>
    public sealed record BlobRequestFailed(PlaceBlob Place, IActorRef Asker, TransferError Error);

    /// <summary>The crew brought the blob there, or could not. To a blob's actor.</summary>
    public sealed record BlobPushed(PusherProtocol.PushBlob Push, BlobOutcome Outcome);
}

/// <summary>A blob that the target's repository has.</summary>
/// <param name="Blob">As a manifest tells of it.</param>
/// <param name="Length">Its bytes.</param>
internal readonly record struct FoundBlob(Descriptor Blob, long Length);
