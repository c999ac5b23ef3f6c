using System.Collections.Concurrent;
using TransferEngine.Images;
using TransferEngine.Progress;
using TransferEngine.Repositories;

namespace TransferEngine.Planning;

/// <summary>
/// Compares source and target: every tag's digest, every manifest below it, every blob, in the repository where it belongs.
/// Only HEAD requests, and the target's own list of tags where it has one; each blob is asked for once per repository.
/// </summary>
internal sealed class MigrationVerifier(MigrationJob job, EngineOptions options, IMigrationObserver observer, MigrationMeter meter)
{
    private readonly ConcurrentBag<ImageResult> _problems = [];
    private readonly Lock _lock = new();
    private long _verified;

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
            Damage = job.Source.Damage,
            Problems = [.. _problems.OrderBy(problem => problem.Display, StringComparer.Ordinal)],
        };
    }

    private async Task VerifyRepositoryAsync(RepositoryName repository, IReadOnlyList<SourceImage> images, CancellationToken cancellationToken)
    {
        meter.CountRepository();
        var target = job.MapRepository(repository);
        var seen = new Dictionary<Digest, TransferError?>();
        var listed = await job.Target.ListTagDigestsAsync(target, cancellationToken);
        foreach (var group in images.GroupBy(image => image.Digest!.Value))
        {
            var content = await FindFaultAsync(repository, target, group.Key, seen, cancellationToken);
            foreach (var image in group)
            {
                var error = content ?? await CompareAsync(target, listed, image, group.Key, cancellationToken);
                Report(ImageJob.ResultOf(repository, image, error is null ? ImageOutcome.AlreadyThere : ImageOutcome.Failed, error));
            }
        }
    }

    private async Task<TransferError?> CompareAsync(
        RepositoryName target, IReadOnlyDictionary<Tag, Digest>? listed, SourceImage image, Digest digest, CancellationToken cancellationToken)
    {
        Reference reference = image.Tag is { } tag ? tag : digest;
        var found = reference.Tag is { } name && listed is not null
            ? listed.TryGetValue(name, out var known) ? known : null
            : await job.Target.HeadManifestAsync(target, reference, cancellationToken);
        return found == digest ? null : found is null
            ? new TransferError(ErrorCode.TargetDiffers, $"The target has no {new ImageReference(target, reference)}.")
            : new TransferError(ErrorCode.TargetDiffers, $"The target's {new ImageReference(target, reference)} is {found}, the source's is {digest}.");
    }

    /// <summary>Null if the target's repository has all manifests below the image and all their blobs.</summary>
    private async Task<TransferError?> FindFaultAsync(
        RepositoryName repository, RepositoryName target, Digest digest, Dictionary<Digest, TransferError?> seen, CancellationToken cancellationToken)
    {
        try
        {
            var tree = await ManifestTree.ReadAsync(job, repository, digest, cancellationToken);
            foreach (var child in tree.Manifests.SkipLast(1))
            {
                if (await RememberAsync(seen, child.Digest, async () => await job.Target.HeadManifestAsync(target, child.Digest, cancellationToken) is not null, "manifest", target) is { } error)
                    return error;
            }
            foreach (var blob in tree.Blobs())
            {
                if (await RememberAsync(seen, blob.Digest, async () => await job.Target.HeadBlobAsync(target, blob.Digest, cancellationToken) == blob.Size, "blob", target) is { } error)
                    return error;
            }
            return null;
        }
        catch (TransferException e) when (e.Error.Scope != ErrorScope.Endpoint)
        {
            return e.Error;
        }
    }

    private static async Task<TransferError?> RememberAsync(
        Dictionary<Digest, TransferError?> seen, Digest digest, Func<Task<bool>> isThere, string kind, RepositoryName target)
    {
        if (!seen.TryGetValue(digest, out var error))
        {
            error = await isThere() ? null
                : new TransferError(ErrorCode.TargetDiffers, $"The target's repository {target} lacks the {kind} {digest}.") { Digest = digest };
            seen.Add(digest, error);
        }
        return error;
    }

    private void Report(ImageResult result)
    {
        if (result.Outcome == ImageOutcome.Failed)
            _problems.Add(result);
        else
            Interlocked.Increment(ref _verified);
        meter.Count(result.Outcome);
        lock (_lock)
            observer.OnImage(result);
    }
}
