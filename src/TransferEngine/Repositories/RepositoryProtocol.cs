using System.Diagnostics;
using TransferEngine.Blobs;
using TransferEngine.Images;

namespace TransferEngine.Repositories;

/// <summary>
/// Messages between a repository and the images in it. An image keeps saying what it waits for whenever its repository asks
/// (<see cref="SayAgain"/>), and each of its requests has a number: the same one twice is one.
/// </summary>
internal static class RepositoryProtocol
{
    /// <summary>The target's name, what the source lists and, unless it was asked before, what the target has. From the scout.</summary>
    public sealed record Scouted(RepositoryName Target, IReadOnlyList<ImageGroup> Groups, IReadOnlyList<SourceImage> Damaged, TargetTags Tags);

    /// <summary>The repository can't be listed at the source, or the target can't be asked. From the scout.</summary>
    public sealed record ScoutFailed(TransferError Error);

    /// <summary>An image wants these blobs in the target's repository. From an image; answered by <see cref="NeedsMet"/>.</summary>
    public sealed record ImageNeeds(long Id, IReadOnlyList<Descriptor> Blobs, bool Recheck, ActivityContext Trace);

    /// <summary>Say again what you wait for an answer to. To an image, by the repository's timer.</summary>
    public sealed record SayAgain
    {
        public static SayAgain Instance { get; } = new();
    }

    /// <summary>Blobs that an image wants were looked for in the target's repository. From the repository's own detached work.</summary>
    public sealed record BlobsLookedFor(IReadOnlyList<FoundBlob> Found, IReadOnlyList<BlobProtocol.PlaceBlob> Missing);

    /// <summary>All blobs are in place, or the first thing that went wrong. To an image.</summary>
    /// <param name="Id">Which of the image's requests this answers.</param>
    /// <param name="Error">What went wrong.</param>
    /// <param name="WereLacking">The target's repository did not have them all.</param>
    /// <param name="OtherLengths">Blobs that are longer or shorter than some manifest states.</param>
    public sealed record NeedsMet(long Id, TransferError? Error, bool WereLacking = false, IReadOnlyDictionary<Digest, long>? OtherLengths = null);

    /// <summary>
    /// The target has these manifests now, with all that they name. From an image, as soon as it is so, and not answered: what gets lost here
    /// costs a later run a look at the target.
    /// </summary>
    public sealed record ManifestsStored(IReadOnlyList<TreeManifest> Manifests);

    /// <summary>All tags of a group have reached their outcome. From an image, the last that it says: its repository stops it when it has heard.</summary>
    public sealed record GroupDone(ImageGroup Group, IReadOnlyList<ImageResult> Results);

    /// <summary>An image's actor is gone, whether it was done or not. By death watch.</summary>
    public sealed record GroupGone(ImageGroup Group);
}

/// <summary>The tags of one repository that name the same manifest, or one untagged revision: moved as one.</summary>
internal sealed class ImageGroup(Digest digest, IReadOnlyList<SourceImage> images)
{
    public Digest Digest { get; } = digest;

    public IReadOnlyList<SourceImage> Images { get; } = images;
}

/// <summary>What is known of the target's repository before it is written to.</summary>
internal sealed record TargetTags(bool MayHoldContent, IReadOnlySet<Tag>? Tags)
{
    /// <summary>The registry does not know the repository: nothing in it need be asked for.</summary>
    public static TargetTags Empty { get; } = new(false, new HashSet<Tag>());

    /// <summary>An earlier run began here: anything may be there, its tags too.</summary>
    public static TargetTags Unknown { get; } = new(true, null);

    /// <summary>True if a HEAD of this image could find something.</summary>
    public bool MayHold(SourceImage image) => MayHoldContent && (image.Tag is not { } tag || Tags is null || Tags.Contains(tag));
}
