using TransferEngine.Images;
using TransferEngine.Migrations;

namespace TransferEngine.Repositories;

/// <summary>The first look at a repository: what the source lists, and what the target's repository already has.</summary>
internal static class RepositoryScout
{
    public static async Task<RepositoryProtocol.Scouted> LookAsync(
        JobRuntime runtime, RepositoryName repository, bool openedBefore, CancellationToken cancellationToken)
    {
        var target = runtime.Job.MapRepository(repository);
        var damaged = new List<SourceImage>();
        var byDigest = new Dictionary<Digest, List<SourceImage>>();
        var order = new List<Digest>();
        await foreach (var image in runtime.Job.ListImagesAsync(repository, cancellationToken))
        {
            if (image.Error is not null || image.Digest is not { } digest)
            {
                damaged.Add(image);
                continue;
            }
            if (!byDigest.TryGetValue(digest, out var images))
            {
                byDigest.Add(digest, images = []);
                order.Add(digest);
            }
            images.Add(image);
        }
        var tags = openedBefore ? TargetTags.Unknown
            : order.Count == 0 ? TargetTags.Empty
            : await AskTargetAsync(runtime, target, cancellationToken);
        return new RepositoryProtocol.Scouted(target, order.ConvertAll(digest => new ImageGroup(digest, byDigest[digest])), damaged, tags);
    }

    private static async Task<TargetTags> AskTargetAsync(JobRuntime runtime, RepositoryName target, CancellationToken cancellationToken)
    {
        var tags = await runtime.Work.RequestAsync(token => runtime.Target.ListTagsAsync(target, token), cancellationToken);
        return tags is null ? TargetTags.Empty : new TargetTags(true, tags);
    }
}
