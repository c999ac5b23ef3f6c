using System.Collections.Concurrent;
using TransferEngine.Images;
using TransferEngine.Mapping;
using TransferEngine.Repositories;

namespace TransferEngine.Planning;

/// <summary>
/// Works out what a migration would do, by the same rules: a repository that the target does not know is asked nothing, an
/// image whose tag has the right digest is left alone, a blob is uploaded once and mounted everywhere else.
/// </summary>
internal sealed class MigrationPlanner(MigrationJob job, EngineOptions options)
{
    private readonly ConcurrentDictionary<Digest, BlobPlan> _blobs = new();
    private readonly ConcurrentBag<ImageResult> _problems = [];
    private readonly ConcurrentBag<RepositoryRename> _renames = [];
    private readonly ConcurrentDictionary<(RepositoryName, Digest), bool> _shared = new();
    private long _repositories;
    private long _toMigrate;
    private long _alreadyThere;
    private long _manifests;

    /// <summary>How many repositories need the blob, and in how many the target has it.</summary>
    private sealed class BlobPlan(long size)
    {
        public long Size { get; } = size;

        public int Wanted;

        public int Present;
    }

    public async Task<MigrationPlan> PlanAsync(CancellationToken cancellationToken)
    {
        OverlapCheck.Run(job);
        await job.Target.CheckAsync(cancellationToken);
        await CollisionCheck.RunAsync(job, cancellationToken);
        await RepositoryWalk.RunAsync(job, options.OpenRepositories, _problems.Add, PlanRepositoryAsync, cancellationToken);
        var blobs = _blobs.Values;
        return new MigrationPlan
        {
            Source = job.Source.Endpoint,
            Target = job.Target.Endpoint,
            Repositories = _repositories,
            ImagesToMigrate = _toMigrate,
            ImagesAlreadyThere = _alreadyThere,
            ManifestsToPush = _manifests,
            BlobsToUpload = blobs.Sum(Uploads),
            BytesToUpload = blobs.Sum(blob => Uploads(blob) * blob.Size),
            BlobsToMount = blobs.Sum(Mounts),
            BytesToMount = blobs.Sum(blob => Mounts(blob) * blob.Size),
            BlobsAlreadyThere = blobs.Sum(blob => (long)blob.Present),
            BytesAlreadyThere = blobs.Sum(blob => blob.Present * blob.Size),
            Renames = [.. _renames.OrderBy(rename => rename.Source)],
            Damage = job.Source.Damage,
            Problems = [.. _problems.OrderBy(problem => problem.Display, StringComparer.Ordinal)],
        };
    }

    private static long Uploads(BlobPlan blob) => blob.Wanted > 0 && blob.Present == 0 ? 1 : 0;

    private static long Mounts(BlobPlan blob) => blob.Wanted - Uploads(blob);

    private async Task PlanRepositoryAsync(RepositoryName repository, IReadOnlyList<SourceImage> images, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _repositories);
        if (job.Rename(repository) != repository)
            _renames.Add(new RepositoryRename(repository, job.MapRepository(repository)));
        if (images.Count == 0)
            return;
        var target = job.MapRepository(repository);
        var tags = await job.Target.ListTagsAsync(target, cancellationToken);
        var known = tags is null ? TargetTags.Empty : new TargetTags(true, tags);
        var blobs = new Dictionary<Digest, Descriptor>();
        var manifests = new HashSet<Digest>();
        foreach (var group in images.GroupBy(image => image.Digest!.Value))
            await PlanGroupAsync(repository, target, known, group, blobs, manifests, cancellationToken);
        foreach (var blob in blobs.Values)
            await PlanBlobAsync(target, known, blob, cancellationToken);
    }

    private async Task PlanGroupAsync(
        RepositoryName repository, RepositoryName target, TargetTags known, IGrouping<Digest, SourceImage> group,
        Dictionary<Digest, Descriptor> blobs, HashSet<Digest> manifests, CancellationToken cancellationToken)
    {
        var missing = new List<SourceImage>();
        foreach (var image in group)
        {
            Reference reference = image.Tag is { } tag ? tag : group.Key;
            if (known.MayHold(image) && await job.Target.HeadManifestAsync(target, reference, cancellationToken) == group.Key)
                Interlocked.Increment(ref _alreadyThere);
            else
                missing.Add(image);
        }
        if (missing.Count == 0)
            return;
        try
        {
            var tree = await ManifestTree.ReadAsync(job, repository, group.Key, cancellationToken);
            if (missing.Count == group.Count())
                await AddBlobsAsync(repository, tree, blobs, cancellationToken);
            Interlocked.Add(ref _manifests, missing.Count + tree.Manifests.SkipLast(1).Count(child => manifests.Add(child.Digest)));
            Interlocked.Add(ref _toMigrate, missing.Count);
        }
        catch (TransferException e) when (e.Error.Scope != ErrorScope.Endpoint)
        {
            foreach (var image in missing)
                _problems.Add(ImageJob.ResultOf(repository, image, ImageOutcome.Failed, e.Error));
        }
    }

    private async Task AddBlobsAsync(
        RepositoryName repository, ManifestTree tree, Dictionary<Digest, Descriptor> blobs, CancellationToken cancellationToken)
    {
        var needed = tree.Blobs();
        foreach (var blob in needed)
        {
            if (blobs.TryGetValue(blob.Digest, out var looked) && looked.Size == blob.Size)
                continue;
            var size = await job.Source.FindBlobAsync(repository, blob.Digest, cancellationToken);
            if (size == blob.Size)
                continue;
            throw new TransferException(size is null
                ? new TransferError(ErrorCode.BlobMissing, $"The image names the blob {blob.Digest}, which the source does not have.") { Digest = blob.Digest, Path = job.Source.Locate(repository, blob.Digest) }
                : new TransferError(ErrorCode.BlobSizeMismatch, $"The manifest gives {blob.Size} bytes for {blob.Digest}, but the source has {size}.") { Digest = blob.Digest, Path = job.Source.Locate(repository, blob.Digest) });
        }
        foreach (var blob in needed)
            blobs.TryAdd(blob.Digest, blob);
    }

    private async Task PlanBlobAsync(RepositoryName target, TargetTags known, Descriptor blob, CancellationToken cancellationToken)
    {
        // Two sources may share a target repository: it needs the blob once.
        if (job.Mapping is { CanCollide: true } && !_shared.TryAdd((target, blob.Digest), true))
            return;
        var isThere = known.MayHoldContent && await job.Target.HeadBlobAsync(target, blob.Digest, cancellationToken) is not null;
        var plan = _blobs.GetOrAdd(blob.Digest, _ => new BlobPlan(blob.Size));
        if (isThere)
            Interlocked.Increment(ref plan.Present);
        else
            Interlocked.Increment(ref plan.Wanted);
    }
}
