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
    /// <see cref="BlobNotPlaced"/>. Asked again as long as there is no answer: the same request twice is one.
    /// </summary>
    /// <param name="Id">Which of the asker's requests.</param>
    /// <param name="Blob">What.</param>
    /// <param name="Source">The source's repository to read it from.</param>
    /// <param name="Target">The target's repository.</param>
    /// <param name="MayBeThere">The repository has content: ask it before uploading.</param>
    /// <param name="Recheck">It was thought to be there and is not: believe nothing that was known of this place.</param>
    /// <param name="Crew">Who does what has to be done for it, where the asker is.</param>
    /// <param name="Trace">The image that asked first, in a trace.</param>
    public sealed record PlaceBlob(
        long Id, Descriptor Blob, RepositoryName Source, RepositoryName Target, bool MayBeThere, bool Recheck, IActorRef Crew, ActivityContext Trace = default);

    /// <summary>The target's repository has the blob.</summary>
    public sealed record BlobPlaced(long Id, PlacedBlob Blob);

    /// <summary>The blob could not be put there.</summary>
    public sealed record BlobNotPlaced(long Id, Digest Digest, TransferError Error);

    /// <summary>
    /// A look found these blobs of the directory's in this repository. From the repository, and not answered: where it gets lost, the next who
    /// asks is told to upload what could have been mounted.
    /// </summary>
    public sealed record BlobsFound(RepositoryName Target, IReadOnlyList<FoundBlob> Blobs);

    /// <summary>
    /// One step towards a blob in its place, from the directory to the crew where the asker is. Sent again whenever the asker asks again; the
    /// crew takes the same step once, and answers as often as it is asked.
    /// </summary>
    public interface IBlobCommand
    {
        /// <summary>What is wanted; its <see cref="BlobClaim.Step"/> is the command's own.</summary>
        BlobClaim Claim { get; }
    }

    /// <summary>Ask the target for the blob. To the crew; answered by <see cref="BlobChecked"/> or <see cref="BlobRequestFailed"/>.</summary>
    public sealed record CheckBlob(BlobClaim Claim) : IBlobCommand;

    /// <summary>Have the target mount the blob. To the crew; answered by <see cref="BlobMounted"/> or <see cref="BlobRequestFailed"/>.</summary>
    /// <param name="Claim">What is wanted.</param>
    /// <param name="From">The target's repository that has it.</param>
    /// <param name="Length">The blob's bytes, if they are known.</param>
    public sealed record MountBlob(BlobClaim Claim, RepositoryName From, long? Length) : IBlobCommand;

    /// <summary>The blob is there with this length, or not. To the directory, from a crew.</summary>
    public sealed record BlobChecked(BlobClaim Claim, long? Length);

    /// <summary>A mount came back. To the directory, from a crew.</summary>
    public sealed record BlobMounted(BlobClaim Claim, MountResult Result);

    /// <summary>A check or mount failed. To the directory, from a crew.</summary>
    public sealed record BlobRequestFailed(BlobClaim Claim, TransferError Error);

    /// <summary>The crew brought the blob there, or could not. To the directory, from a crew.</summary>
    public sealed record BlobPushed(BlobClaim Claim, BlobOutcome Outcome);

    /// <summary>
    /// Put on record whatever waits for it. From the supervisor, before a run ends, and again as long as there is no answer; answered by
    /// <see cref="AllWritten"/>.
    /// </summary>
    public sealed record WriteAll
    {
        public static WriteAll Instance { get; } = new();
    }

    /// <summary>All that this part of the directory knew when it was asked is on record. To the supervisor.</summary>
    public sealed record AllWritten(int Partition);
}

/// <summary>A blob that the target's repository has.</summary>
/// <param name="Place">Who wants it where.</param>
/// <param name="Length">Its bytes.</param>
internal readonly record struct FoundBlob(BlobProtocol.PlaceBlob Place, long Length);
