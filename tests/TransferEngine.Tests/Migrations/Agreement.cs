using Xunit;

namespace TransferEngine.Tests.Migrations;

/// <summary>
/// What a migration said of each image, a verification right after it has to say too: what was moved is there, what failed differs. Of
/// images that were believed by their tags it may find out more.
/// </summary>
internal static class Agreement
{
    public static void Demand(MigrationReport migration, IReadOnlyCollection<ImageResult> results, VerificationReport verification)
    {
        var problems = verification.Problems.Select(problem => problem.Display).ToHashSet(StringComparer.Ordinal);
        foreach (var image in results.Where(image => !image.IsTrusted))
            Assert.True(problems.Contains(image.Display) == (image.Outcome == ImageOutcome.Failed),
                $"The run said {image.Outcome} of {image.Display} ({image.Error}), and the verification: {string.Join(", ", verification.Problems)}");
        if (migration is { IsInterrupted: false, Fatal: null, Totals.Trusted: 0 })
            Assert.Equal(migration.IsComplete, verification.IsComplete);
    }
}
