using TransferEngine.Images;
using TransferEngine.Migrations;

namespace TransferEngine.Repositories;

/// <summary>What the target has of one image already, by requests of the run's lane.</summary>
internal sealed class TargetManifests(JobRuntime runtime, ImageJob job)
{
    /// <summary>Those tags and untagged revisions that are there: one HEAD for each that may be.</summary>
    public async Task<IReadOnlySet<SourceImage>> FindPresentAsync(CancellationToken cancellationToken)
    {
        var present = new HashSet<SourceImage>();
        foreach (var image in job.ToCheck)
        {
            if (await HasAsync(image.Tag is { } tag ? tag : job.Group.Digest, cancellationToken))
                present.Add(image);
        }
        return present;
    }

    /// <summary>A tag has to name the image's own manifest.</summary>
    public async Task<bool> HasAsync(Reference reference, CancellationToken cancellationToken) =>
        await runtime.Work.RequestAsync(token => runtime.Target.HeadManifestAsync(job.Target, reference, token), cancellationToken)
            is { } found && (reference.Digest is not null || found == job.Group.Digest);

    public async Task<bool> HasAllAsync(IReadOnlyList<Digest> digests, CancellationToken cancellationToken)
    {
        foreach (var digest in digests)
        {
            if (!job.Stored.Has(digest) && !await HasAsync(digest, cancellationToken))
                return false;
        }
        return true;
    }
}
