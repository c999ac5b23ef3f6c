using System.Collections.Concurrent;
using TransferEngine.Images;
using Xunit;

namespace TransferEngine.Tests.Interception;

/// <summary>
/// Whole migrations in which any message between two actors of a job may be lost, doubled, late or out of order: supervisor, repository, image,
/// directory, crew and pusher.
/// </summary>
public sealed class LostMessagesTests
{
    private const int SeedsPerCase = 50;

    // Every few steps something is lost, so whoever asks again must not let a run wait long.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(10);

    private static readonly string[] Pairs =
    [
        "supervisor > repository", "repository > supervisor", "supervisor > blobs", "blobs > supervisor", "repository > image", "image > repository",
        "repository > blobs", "blobs > repository", "blobs > pushers", "pushers > blobs", "pushers > pusher", "pusher > pushers",
    ];

    public static TheoryData<int> FirstSeeds => [.. Enumerable.Range(0, 10).Select(part => part * SeedsPerCase)];

    [Theory]
    [MemberData(nameof(FirstSeeds))]
    public async Task The_run_ends_with_every_image_and_each_blob_is_uploaded_once(int first)
    {
        var disturbed = new ConcurrentDictionary<string, int>();
        // Most of the time each of them waits to ask again.
        var limit = new ParallelOptions { MaxDegreeOfParallelism = 10 };
        await Parallel.ForEachAsync(Enumerable.Range(first, SeedsPerCase), limit, async (seed, _) =>
        {
            try
            {
                foreach (var (pair, count) in await RunAsync(seed))
                    disturbed.AddOrUpdate(pair, count, (_, sum) => sum + count);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"With the seed {seed}: {e.Message}", e);
            }
        });
        Assert.Equal(Pairs.Order(StringComparer.Ordinal), disturbed.Keys.Order(StringComparer.Ordinal));
    }

    private static async Task<IReadOnlyDictionary<string, int>> RunAsync(int seed)
    {
        var post = new LossyPost(seed);
        await using var job = new InterceptedJob(post);
        job.Options.BlobPartitions = 1 + (seed % 3);
        var mounts = seed % 4 != 0;
        if (!mounts)
            job.Target.Mount = () => new MountResult(false, null);
        if (seed % 2 == 1)
            await job.FillAsync();
        var report = await job.RunAsync(Patience);

        Assert.True(report.IsComplete, report.Fatal?.Message);
        Assert.Equal(InterceptedJob.All, job.Named);
        Assert.Equal(InterceptedJob.All.Count, report.Totals.Migrated + report.Totals.AlreadyThere);
        string[] once = ["PUT-BLOB", "MOUNT", "PUT-MANIFEST"];
        Assert.DoesNotContain(job.Target.Requests.Where(request => once.Contains(request.Split(' ')[0])).CountBy(request => request), request => request.Value > 1);
        if (mounts)
            Assert.Equal(job.Blobs, job.Target.Count("PUT-BLOB"));
        return post.Disturbed;
    }
}
