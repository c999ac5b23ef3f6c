using TransferEngine.Images;
using TransferEngine.Migrations;

namespace TransferEngine.Repositories;

/// <summary>What an image's actor is to do.</summary>
/// <param name="Context">The run.</param>
/// <param name="Source">The repository at the source.</param>
/// <param name="Target">The repository at the target.</param>
/// <param name="Group">The images, all with the same manifest.</param>
/// <param name="ToCheck">Those that a HEAD could find at the target.</param>
/// <param name="IsPushed">The journal has the manifest at the target, with all that it names.</param>
internal sealed record ImageJob(
    MigrationContext Context,
    RepositoryName Source,
    RepositoryName Target,
    ImageGroup Group,
    IReadOnlySet<SourceImage> ToCheck,
    bool IsPushed)
{
    public ImageResult ResultOf(SourceImage image, ImageOutcome outcome, TransferError? error = null) => ResultOf(Source, image, outcome, error);

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
