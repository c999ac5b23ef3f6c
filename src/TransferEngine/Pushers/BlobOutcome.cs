using TransferEngine.Images;

namespace TransferEngine.Pushers;

/// <summary>What came of bringing a blob to the target.</summary>
internal sealed record BlobOutcome
{
    private BlobOutcome()
    {
    }

    /// <summary>Why it is not there; null when it is.</summary>
    public TransferError? Error { get; private init; }

    /// <summary>The source's content is at fault, or can't be had from this repository of it.</summary>
    public bool IsSourceFault { get; private init; }

    /// <summary>It was taken as a file; nothing was streamed.</summary>
    public bool IsTaken { get; private init; }

    /// <summary>Bytes of the blob.</summary>
    public long Length { get; private init; }

    public static BlobOutcome Uploaded(long length) => new() { Length = length };

    public static BlobOutcome Taken(long length) => new() { Length = length, IsTaken = true };

    public static BlobOutcome Refused(TransferError error) => new() { Error = error };

    public static BlobOutcome FailedAtSource(TransferError error) => new() { Error = error, IsSourceFault = true };
}
