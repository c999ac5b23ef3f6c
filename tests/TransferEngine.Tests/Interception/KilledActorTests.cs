using Xunit;

namespace TransferEngine.Tests.Interception;

/// <summary>
/// Each kind of actor ends once, behind each of its first messages, by an exception or in peace: nobody waits for ever for what it would have said,
/// and the same job run again goes on and brings the rest.
/// </summary>
public sealed class KilledActorTests
{
    private const int Moments = 12;

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(20);

    public static TheoryData<string, int> Kinds
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var kind in new[] { "supervisor", "repository", "image", "blobs", "pushers", "pusher" })
            {
                for (var moment = 0; moment <= Moments; moment++)
                    data.Add(kind, moment);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task An_actor_that_ends_leaves_nobody_waiting(string kind, int moment)
    {
        foreach (var ending in new object[] { Kill.Instance, PoisonPill.Instance })
        {
            var post = new KillingPost(kind, moment, ending);
            await using var job = new InterceptedJob(post);
            var report = await job.RunAsync(Patience);

            Assert.True(post.HasKilled || moment > 1, "nobody was there to be ended");
            // What nobody can go on without ends the run, with a word; anything else costs an image at most.
            if (report.Fatal is null)
                Assert.Equal(InterceptedJob.All, job.Named);
            else
                Assert.Contains(kind, new[] { "supervisor", "blobs", "pushers" });
            Assert.True(report.Totals.Failed <= 2, string.Join(", ", job.Named));

            Assert.True((await job.RunAsync(Patience)).IsComplete);
            Assert.Equal(InterceptedJob.All, job.Named);
        }
    }
}
