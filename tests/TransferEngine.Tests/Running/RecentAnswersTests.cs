using TransferEngine.Running;
using Xunit;

namespace TransferEngine.Tests.Running;

public sealed class RecentAnswersTests
{
    private sealed class Answer
    {
        public bool IsThere { get; set; } = true;
    }

    [Fact]
    public void The_newest_answers_are_kept_and_no_more()
    {
        var answers = new RecentAnswers<Answer>(answer => answer.IsThere, 10);
        for (var i = 1; i <= 1000; i++)
            answers.Add(ActorRefs.Nobody, i, new Answer());
        Assert.Equal(10, answers.Count);
        Assert.NotNull(answers.Find(ActorRefs.Nobody, 991));
        Assert.Null(answers.Find(ActorRefs.Nobody, 990));
    }

    [Fact]
    public void What_is_under_way_is_never_forgotten_and_what_was_is_forgotten_soon()
    {
        var answers = new RecentAnswers<Answer>(answer => answer.IsThere, 10);
        var underWay = Enumerable.Range(1, 100).Select(_ => new Answer { IsThere = false }).ToList();
        for (var i = 1; i <= 100; i++)
            answers.Add(ActorRefs.Nobody, i, underWay[i - 1]);
        for (var i = 101; i <= 500; i++)
            answers.Add(ActorRefs.Nobody, i, new Answer());
        Assert.All(underWay, (answer, i) => Assert.Same(answer, answers.Find(ActorRefs.Nobody, i + 1)));
        Assert.InRange(answers.Count, 100, 200);

        underWay.ForEach(answer => answer.IsThere = true);
        for (var i = 501; i <= 700; i++)
            answers.Add(ActorRefs.Nobody, i, new Answer());
        Assert.Equal(10, answers.Count);
    }
}
