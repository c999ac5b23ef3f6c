using System.Collections.Concurrent;
using TransferEngine.Images;
using TransferEngine.Mapping;
using TransferEngine.Repositories;
using TransferEngine.Selection;

namespace TransferEngine.Planning;

/// <summary>
/// Works out what a migration would do, by the same rules: a repository that the target does not know is asked nothing, an
/// image that is there with all that it names is left alone, a blob is uploaded once and mounted everywhere else.
/// </summary>
internal sealed class MigrationPlanner(MigrationJob job, EngineOptions options)
{
    private readonly bool _isWithinOneRegistry = job.IsWithinOneRegistry;
    private readonly ConcurrentDictionary<Digest, BlobPlan> _blobs = new();
    private readonly ConcurrentBag<ImageResult> _problems = [];
    private readonly ConcurrentBag<RepositoryRename> _renames = [];
    private readonly ConcurrentDictionary<(RepositoryName, Digest), bool> _shared = new();
    private long _repositories;
    private long _toMigrate;
    private long _alreadyThere;
    private long _manifests;
    private long _wrongSizes;

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
            NothingSelected = _toMigrate + _alreadyThere + _problems.Count == 0 ? await SelectionCensus.FindAsync(job.Source, cancellationToken) : null,
            Notes = [.. job.Source.Notes, .. WrongSizes.Notes(_wrongSizes)],
            Problems = [.. _problems.OrderBy(problem => problem.Display, StringComparer.Ordinal)],
        };
    }

    // Within one registry the repository that is read has each blob already.
    private long Uploads(BlobPlan blob) => blob.Wanted > 0 && blob.Present == 0 && !_isWithinOneRegistry ? 1 : 0;

    private long Mounts(BlobPlan blob) => blob.Wanted - Uploads(blob);

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
        var place = new Place(repository, target, known, new TargetBlobs(job, repository, target, known.MayHoldContent));
        foreach (var group in images.GroupBy(image => image.Digest!.Value))
            await PlanGroupAsync(place, group, cancellationToken);
        Interlocked.Add(ref _wrongSizes, place.Blobs.WrongSizes);
        foreach (var digest in place.Needed)
            Add(target, digest, await place.Blobs.FindAsync(new Descriptor("", digest, -1), cancellationToken));
    }

    private async Task PlanGroupAsync(Place place, IGrouping<Digest, SourceImage> group, CancellationToken cancellationToken)
    {
        var present = new HashSet<SourceImage>();
        try
        {
            foreach (var image in group.Where(place.Tags.MayHold))
            {
                if (await job.Target.HeadManifestAsync(place.Target, image.Tag is { } tag ? tag : group.Key, cancellationToken) == group.Key)
                    present.Add(image);
            }
            var tree = await ManifestTree.ReadAsync(job, place.Source, group.Key, cancellationToken);
            var isWhole = await LookAtBlobsAsync(place, tree, cancellationToken) && present.Count > 0 && await HasAllAsync(place, tree, cancellationToken);
            if (!isWhole)
                present.Clear();
            Interlocked.Add(ref _alreadyThere, present.Count);
            Interlocked.Add(ref _toMigrate, group.Count() - present.Count);
            var children = isWhole ? 0 : tree.Manifests.SkipLast(1).Count(child => place.Manifests.Add(child.Digest));
            Interlocked.Add(ref _manifests, group.Count() - present.Count + children);
        }
        catch (TransferException e) when (e.Error.Scope != ErrorScope.Endpoint)
        {
            foreach (var image in group)
                _problems.Add(ImageJob.ResultOf(place.Source, image, e.Error));
        }
    }

    /// <summary>True if the target's repository has all blobs of the image. What it lacks, the source must have.</summary>
    private async Task<bool> LookAtBlobsAsync(Place place, ManifestTree tree, CancellationToken cancellationToken)
    {
        var isWhole = true;
        var blobs = tree.Blobs();
        foreach (var blob in blobs)
        {
            var found = await place.Blobs.FindAsync(blob, cancellationToken);
            isWhole &= found.IsThere;
            if (found is { IsThere: false, Length: null })
                throw new TransferException(new TransferError(ErrorCode.BlobMissing, $"The image names the blob {blob.Digest}, which the source does not have.")
                { Digest = blob.Digest, Path = job.Source.Locate(place.Source, blob.Digest) });
        }
        foreach (var manifest in tree.Manifests.Where(manifest => place.Counted.Add(manifest.Digest)))
            place.Blobs.Count(manifest);
        place.Needed.UnionWith(blobs.Select(blob => blob.Digest));
        return isWhole;
    }

    private async Task<bool> HasAllAsync(Place place, ManifestTree tree, CancellationToken cancellationToken)
    {
        foreach (var manifest in tree.Manifests.SkipLast(1))
        {
            if (await job.Target.HeadManifestAsync(place.Target, manifest.Digest, cancellationToken) is null)
                return false;
        }
        return true;
    }

    private void Add(RepositoryName target, Digest digest, TargetBlobs.Found found)
    {
        // Two sources may share a target repository: it needs the blob once.
        if (job.Mapping is { CanCollide: true } && !_shared.TryAdd((target, digest), true))
            return;
        var plan = _blobs.GetOrAdd(digest, _ => new BlobPlan(found.Length ?? 0));
        if (found.IsThere)
            Interlocked.Increment(ref plan.Present);
        else
            Interlocked.Increment(ref plan.Wanted);
    }

    /// <summary>One repository at both ends, and what was found out about it.</summary>
    private sealed record Place(RepositoryName Source, RepositoryName Target, TargetTags Tags, TargetBlobs Blobs)
    {
        /// <summary>Blobs of the images that can be moved.</summary>
        public HashSet<Digest> Needed { get; } = [];

        /// <summary>Manifests that would be pushed by their digest.</summary>
        public HashSet<Digest> Manifests { get; } = [];

        /// <summary>Manifests whose sizes were looked at.</summary>
        public HashSet<Digest> Counted { get; } = [];
    }
}
