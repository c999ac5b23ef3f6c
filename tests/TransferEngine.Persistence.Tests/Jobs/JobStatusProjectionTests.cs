using FsCheck;
using FsCheck.Fluent;

namespace TransferEngine.Persistence.Tests;

public sealed class JobStatusProjectionTests
{
    private static readonly DateTimeOffset Start = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Every_kind_of_event_counts()
    {
        var status = Fold(
            new JobStarted("src", "dst"), new RepositoryOpened("a"), new RepositoryOpened("b"), new BlobUploaded("sha256:1", "a", 10),
            new BlobUploaded("sha256:2", "a", 5), new ManifestPushed("sha256:3"), new TagSet("t", "sha256:3"), new TagSet("u", "sha256:3"),
            new RepositoryCompleted("a", 2, 0, 0, 1), new JobFinished(2, 0, 0, 1));
        Assert.Equal(
            new JobStatus
            {
                Job = "job",
                Source = "src",
                Target = "dst",
                StartedAt = Start,
                LastEventAt = Start.AddSeconds(9),
                IsFinished = true,
                RepositoriesOpened = 2,
                RepositoriesCompleted = 1,
                TagsSet = 2,
                ManifestsPushed = 1,
                BlobsUploaded = 2,
                BytesUploaded = 15,
                ImagesFailed = 1,
            },
            status);
    }

    [Fact]
    public void A_job_that_was_started_again_is_not_finished() =>
        Assert.False(Fold(new JobStarted("s", "t"), new JobFinished(1, 0, 0, 0), new JobStarted("s", "t")).IsFinished);

    [Fact]
    public void A_repository_that_was_completed_again_counts_as_it_ended_last()
    {
        var status = Fold(new RepositoryOpened("a"), new RepositoryCompleted("a", 1, 0, 0, 3), new RepositoryOpened("a"), new RepositoryCompleted("a", 3, 1, 0, 0));
        Assert.Equal((1, 1, 0), (status.RepositoriesOpened, status.RepositoriesCompleted, status.ImagesFailed));
    }

    [Fact]
    public void Reading_the_status_in_between_changes_nothing() => FsCheck.Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(200),
        Prop.ForAll(Facts().ListOf().ToArbitrary(), facts =>
        {
            var watched = new JobStatusProjection("job");
            for (var i = 0; i < facts.Count; i++)
            {
                watched.Apply(facts[i], Start.AddSeconds(i));
                Assert.Equal(Fold([.. facts.Take(i + 1)]), watched.Status);
                Assert.InRange(watched.Status.RepositoriesCompleted, 0, watched.Status.RepositoriesOpened);
            }
        }));

    private static Gen<IJobEvent> Facts()
    {
        var names = Gen.Elements("a", "b", "c");
        return Gen.OneOf(
            Gen.Constant<IJobEvent>(new JobStarted("s", "t")),
            Gen.Constant<IJobEvent>(new JobFinished(1, 2, 3, 4)),
            Gen.Constant<IJobEvent>(new ManifestPushed("sha256:1")),
            names.Select(IJobEvent (name) => new TagSet(name, "sha256:1")),
            names.Select(IJobEvent (name) => new RepositoryOpened(name)),
            from name in names from size in Gen.Choose(0, 1000) select (IJobEvent)new BlobUploaded("sha256:1", name, size),
            from name in names from failed in Gen.Choose(0, 5) select (IJobEvent)new RepositoryCompleted(name, 1, 0, 0, failed));
    }

    private static JobStatus Fold(params IJobEvent[] facts)
    {
        var projection = new JobStatusProjection("job");
        for (var i = 0; i < facts.Length; i++)
            projection.Apply(facts[i], Start.AddSeconds(i));
        return projection.Status;
    }
}
