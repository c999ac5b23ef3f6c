using TransferEngine.Images;
using TransferEngine.Migrations;

namespace TransferEngine.Repositories;

/// <summary>
/// Pushes manifests whose blobs are in place: children before index, digest before tag, bytes as stored, each by one of all the
/// images that share it.
/// </summary>
internal sealed class ManifestPush
{
    private readonly JobRuntime _runtime;
    private readonly ImageJob _job;
    private readonly List<TreeManifest> _stored = [];
    private readonly List<(SourceImage, TransferError?)> _images = [];

    private ManifestPush(JobRuntime runtime, ImageJob job) => (_runtime, _job) = (runtime, job);

    /// <summary>Manifests that the target has taken, or had taken from another image.</summary>
    public IReadOnlyList<TreeManifest> Stored => _stored;

    /// <summary>The images that were pushed, or refused under their tag.</summary>
    public IReadOnlyList<(SourceImage Image, TransferError? Error)> Images => _images;

    /// <summary>Why the rest was not tried.</summary>
    public TransferError? Error { get; private set; }

    /// <param name="runtime">The job's.</param>
    /// <param name="job">Where to.</param>
    /// <param name="manifests">What goes by its digest, children first; the image's own manifest is left to its tags.</param>
    /// <param name="root">The image's own manifest; null where no tag is to be set.</param>
    /// <param name="images">The tags, or the untagged revision.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<ManifestPush> RunAsync(
        JobRuntime runtime, ImageJob job, IEnumerable<TreeManifest> manifests, TreeManifest? root, IReadOnlyList<SourceImage> images,
        CancellationToken cancellationToken)
    {
        var push = new ManifestPush(runtime, job);
        try
        {
            foreach (var manifest in manifests.Where(manifest => manifest.Digest != job.Group.Digest))
                await push.PutAsync(manifest.Digest, manifest, cancellationToken);
            foreach (var image in images)
                await push.PutImageAsync(image, root!, cancellationToken);
        }
        catch (TransferException e)
        {
            push.Error = e.Error;
        }
        return push;
    }

    private async Task PutImageAsync(SourceImage image, TreeManifest manifest, CancellationToken cancellationToken)
    {
        try
        {
            await PutAsync(image.Tag is { } tag ? tag : manifest.Digest, manifest, cancellationToken);
            _images.Add((image, null));
        }
        catch (TransferException e) when (e.Error is { Scope: ErrorScope.Image, Code: not ErrorCode.TargetBlobUnknown })
        {
            // One tag may be refused (immutable, say) where the next is taken.
            _images.Add((image, e.Error));
        }
    }

    private async Task PutAsync(Reference reference, TreeManifest manifest, CancellationToken cancellationToken)
    {
        var target = _job.Target;
        using var turn = await _runtime.Turns.EnterAsync(target, manifest, cancellationToken);
        if (reference.Digest is null || !_job.Stored.Has(manifest.Digest))
        {
            var content = await manifest.ReadAsync(_runtime.Source, _job.Source, cancellationToken);
            using var place = await _runtime.Target.EnterManifestPushAsync(target, cancellationToken);
            await _runtime.Work.RequestAsync(async token =>
            {
                await _runtime.Target.PutManifestAsync(target, reference, content, token);
                return true;
            }, cancellationToken);
            _runtime.Meter.CountManifest();
            _job.Stored.Add(manifest.Digest);
        }
        _stored.Add(manifest);
    }
}
