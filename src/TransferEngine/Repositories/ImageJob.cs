using System.Diagnostics;
using TransferEngine.Images;

namespace TransferEngine.Repositories;

/// <summary>What an image's actor is to do.</summary>
/// <param name="Job">The name of the job that it is part of.</param>
/// <param name="Source">The repository at the source.</param>
/// <param name="Target">The repository at the target.</param>
/// <param name="Group">The images, all with the same manifest.</param>
/// <param name="ToCheck">Those that a HEAD could find at the target.</param>
/// <param name="Known">The image's manifests that the journal has at the target with all that they name, each with its children.</param>
/// <param name="Stored">The manifests that this run has put into the target's repository, for all its images.</param>
/// <param name="Trace">The repository's work, in a trace.</param>
internal sealed record ImageJob(
    string Job,
    RepositoryName Source,
    RepositoryName Target,
    ImageGroup Group,
    IReadOnlySet<SourceImage> ToCheck,
    IReadOnlyDictionary<Digest, IReadOnlyList<Digest>> Known,
    StoredManifests Stored,
    ActivityContext Trace)
{
    public ImageResult ResultOf(SourceImage image, ImageOutcome outcome, TransferError? error = null) => ResultOf(Source, image, outcome, error);

    /// <summary>What went wrong with an image as its outcome: failed, or skipped where it is of a kind that nobody takes.</summary>
    public static ImageResult ResultOf(RepositoryName repository, SourceImage image, TransferError? error) =>
        ResultOf(repository, image, error?.Code == ErrorCode.Schema1Unsupported ? ImageOutcome.Skipped : ImageOutcome.Failed, error);

    public static ImageResult ResultOf(RepositoryName repository, SourceImage image, ImageOutcome outcome, TransferError? error)
    {
        if (error is not null)
        {
            Reference? reference = image.Tag is { } tag ? tag : image.Digest is { } digest ? digest : null;
            error = error with { Repository = repository, Reference = reference };
        }
        return new ImageResult(repository.ToString(), image.Name, outcome, image.Digest, error);
    }
}
