using System.Collections.Concurrent;
using TransferEngine.Images;
using TransferEngine.Progress;
using TransferEngine.Repositories;
using TransferEngine.Selection;

namespace TransferEngine.Planning;

/// <summary>
/// Compares source and target: every tag's digest, every manifest below it, every blob, in the repository where it belongs.
/// Only HEAD requests, and the target's own list of tags where it has one; each blob is asked for once per repository. Where the user wants
/// the content compared too, it is hashed at the source, and at a target that can be read back.
/// </summary>
internal sealed class MigrationVerifier(MigrationJob job, EngineOptions options, IMigrationObserver observer, MigrationMeter meter)
{
    private readonly ConcurrentBag<ImageResult> _problems = [];
    private readonly ContentCheck _contents = new(job.Source, job.Target);
    private long _verified;
    private long _skipped;
    private long _wrongSizes;

    public async Task<VerificationReport> VerifyAsync(CancellationToken cancellationToken)
    {
        await job.Target.CheckAsync(cancellationToken);
        observer.OnStarted(meter);
        await RepositoryWalk.RunAsync(job, options.OpenRepositories, Report, VerifyRepositoryAsync, cancellationToken);
        return new VerificationReport
        {
            Source = job.Source.Endpoint,
            Target = job.Target.Endpoint,
            Verified = _verified,
            Skipped = _skipped,
            NothingSelected = _verified + _skipped + _problems.Count == 0 ? await SelectionCensus.FindAsync(job.Source, cancellationToken) : null,
            Notes = [.. job.Source.Notes, .. WrongSizes.Notes(_wrongSizes)],
            Damage = job.Source.Damage,
            Problems = [.. _problems.OrderBy(problem => problem.Display, StringComparer.Ordinal)],
        };
    }

    private async Task VerifyRepositoryAsync(RepositoryName repository, IReadOnlyList<SourceImage> images, CancellationToken cancellationToken)
    {
        meter.CountRepository();
        var target = job.MapRepository(repository);
        var listed = await job.Target.ListTagDigestsAsync(target, cancellationToken);
        var place = new Place(repository, target, listed, new TargetBlobs(job, repository, target, mayHoldContent: true));
        foreach (var group in images.GroupBy(image => image.Digest!.Value))
        {
            var content = await FindFaultAsync(place, group.Key, cancellationToken);
            foreach (var image in group)
            {
                var error = content ?? await CompareAsync(place, image, group.Key, cancellationToken);
                Report(error is null ? ImageJob.ResultOf(repository, image, ImageOutcome.AlreadyThere, null) : ImageJob.ResultOf(repository, image, error));
            }
        }
        Interlocked.Add(ref _wrongSizes, place.Blobs.WrongSizes);
    }

    // The target's own list is right in what it says, but may keep quiet about a tag: then that is asked for.
    private async Task<TransferError?> CompareAsync(Place place, SourceImage image, Digest digest, CancellationToken cancellationToken)
    {
        Reference reference = image.Tag is { } tag ? tag : digest;
        var found = reference.Tag is { } name && place.Listed?.TryGetValue(name, out var known) == true
            ? known
            : await job.Target.HeadManifestAsync(place.Target, reference, cancellationToken);
        return found == digest ? null : found is null
            ? new TransferError(ErrorCode.TargetDiffers, $"The target has no {new ImageReference(place.Target, reference)}.")
            : new TransferError(ErrorCode.TargetDiffers, $"The target's {new ImageReference(place.Target, reference)} is {found}, the source's is {digest}.");
    }

    /// <summary>Null if the target's repository has all manifests below the image and all their blobs.</summary>
    private async Task<TransferError?> FindFaultAsync(Place place, Digest digest, CancellationToken cancellationToken)
    {
        try
        {
            var tree = await ManifestTree.ReadAsync(job, place.Source, digest, cancellationToken);
            foreach (var child in tree.Manifests.SkipLast(1))
            {
                if (await FindFaultOfManifestAsync(place, child.Digest, cancellationToken) is { } error)
                    return error;
            }
            foreach (var blob in tree.Blobs())
            {
                if (await FindFaultOfBlobAsync(place, blob, cancellationToken) is { } error)
                    return error;
            }
            foreach (var manifest in tree.Manifests.Where(manifest => place.Counted.Add(manifest.Digest)))
                place.Blobs.Count(manifest);
            return null;
        }
        catch (TransferException e) when (e.Error.Scope != ErrorScope.Endpoint)
        {
            return e.Error;
        }
    }

    private async Task<TransferError?> FindFaultOfManifestAsync(Place place, Digest digest, CancellationToken cancellationToken)
    {
        if (!place.Manifests.TryGetValue(digest, out var isThere))
            place.Manifests.Add(digest, isThere = await job.Target.HeadManifestAsync(place.Target, digest, cancellationToken) is not null);
        return isThere ? null : Lacks(place, "manifest", digest);
    }

    private async Task<TransferError?> FindFaultOfBlobAsync(Place place, Descriptor blob, CancellationToken cancellationToken)
    {
        var found = await place.Blobs.FindAsync(blob, cancellationToken);
        if (found.IsThere)
            return job.VerifyContent ? await _contents.FindFaultAsync(place.Source, place.Target, blob.Digest, cancellationToken) : null;
        return found.Stray is not { } stray ? Lacks(place, "blob", blob.Digest)
            : new TransferError(ErrorCode.TargetDiffers, found.Length is { } length
                ? $"The target's blob {blob.Digest} in {place.Target} has {stray} bytes, the source's has {length}."
                : $"The target's blob {blob.Digest} in {place.Target} has {stray} bytes, the manifest states {blob.Size}, and the source does not have it.")
            { Digest = blob.Digest };
    }

    private static TransferError Lacks(Place place, string kind, Digest digest) =>
        new(ErrorCode.TargetDiffers, $"The target's repository {place.Target} lacks the {kind} {digest}.") { Digest = digest };

    private void Report(ImageResult result)
    {
        if (result.Outcome == ImageOutcome.Failed)
            _problems.Add(result);
        else
            Interlocked.Increment(ref result.Outcome == ImageOutcome.Skipped ? ref _skipped : ref _verified);
        meter.Count(result);
        observer.OnImage(result);
    }

    /// <summary>One repository at both ends, and what was found out about it.</summary>
    private sealed record Place(RepositoryName Source, RepositoryName Target, IReadOnlyDictionary<Tag, Digest>? Listed, TargetBlobs Blobs)
    {
        /// <summary>Which manifests below images the target has.</summary>
        public Dictionary<Digest, bool> Manifests { get; } = [];

        /// <summary>Manifests whose sizes were looked at.</summary>
        public HashSet<Digest> Counted { get; } = [];
    }
}
