using TransferEngine.Images;
using TransferEngine.Migrations;

namespace TransferEngine.Repositories;

/// <summary>The first look at a repository: what the source lists, and what the target's repository already has.</summary>
internal static class RepositoryScout
{
    public static async Task<RepositoryProtocol.Scouted> LookAsync(
        MigrationContext context, RepositoryName repository, bool openedBefore, CancellationToken cancellationToken)
    {
        var damaged = new List<SourceImage>();
        var byDigest = new Dictionary<Digest, List<SourceImage>>();
        var order = new List<Digest>();
        await foreach (var image in context.Source.ListImagesAsync(repository, context.Job.Untagged, cancellationToken))
        {
            if (!context.Job.Selection.Wants(image.Tag))
                continue;
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
            : await AskTargetAsync(context, repository, cancellationToken);
        return new RepositoryProtocol.Scouted(order.ConvertAll(digest => new ImageGroup(digest, byDigest[digest])), damaged, tags);
    }

    private static async Task<TargetTags> AskTargetAsync(MigrationContext context, RepositoryName repository, CancellationToken cancellationToken)
    {
        var target = context.Target.MapRepository(repository);
        var tags = await context.Work.RequestAsync(token => context.Target.ListTagsAsync(target, token), cancellationToken);
        return tags is null ? TargetTags.Empty : new TargetTags(true, tags);
    }
}
