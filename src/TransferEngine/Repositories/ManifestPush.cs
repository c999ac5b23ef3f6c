using TransferEngine.Images;

namespace TransferEngine.Repositories;

/// <summary>Pushes a manifest tree whose blobs are in place: children before index, digest before tag, bytes as stored.</summary>
internal sealed class ManifestPush
{
    private readonly List<Digest> _stored = [];
    private readonly List<(SourceImage, TransferError?)> _images = [];

    /// <summary>Manifests that the target has taken.</summary>
    public IReadOnlyList<Digest> Stored => _stored;

    /// <summary>The images that were pushed, or refused under their tag.</summary>
    public IReadOnlyList<(SourceImage Image, TransferError? Error)> Images => _images;

    /// <summary>Why the rest was not tried.</summary>
    public TransferError? Error { get; private set; }

    public static async Task<ManifestPush> RunAsync(
        ImageJob job, ManifestTree tree, IReadOnlyList<SourceImage> images, CancellationToken cancellationToken)
    {
        var push = new ManifestPush();
        try
        {
            foreach (var child in tree.Manifests.SkipLast(1))
                await push.PutAsync(job, child.Digest, child, cancellationToken);
            foreach (var image in images)
                await push.PutImageAsync(job, image, tree.Root, cancellationToken);
        }
        catch (TransferException e)
        {
            push.Error = e.Error;
        }
        return push;
    }

    private async Task PutImageAsync(ImageJob job, SourceImage image, Manifest manifest, CancellationToken cancellationToken)
    {
        try
        {
            await PutAsync(job, image.Tag is { } tag ? tag : manifest.Digest, manifest, cancellationToken);
            _images.Add((image, null));
        }
        catch (TransferException e) when (e.Error is { Scope: ErrorScope.Image, Code: not ErrorCode.TargetBlobUnknown })
        {
            // One tag may be refused (immutable, say) where the next is taken.
            _images.Add((image, e.Error));
        }
    }

    private async Task PutAsync(ImageJob job, Reference reference, Manifest manifest, CancellationToken cancellationToken)
    {
        using var turn = await job.Context.Target.EnterManifestPushAsync(job.Target, cancellationToken);
        await job.Context.Work.RequestAsync(async token =>
        {
            await job.Context.Target.PutManifestAsync(job.Target, reference, manifest, token);
            return true;
        }, cancellationToken);
        job.Context.Meter.CountManifest();
        _stored.Add(manifest.Digest);
    }
}
