using TransferEngine.TestKit.Programs;
using Xunit;
using Xunit.Sdk;

namespace TransferEngine.Cli.Tests.Processes;

/// <summary>The comparison that follows every migration by the program finds what it is there for.</summary>
public sealed class AgreementTests
{
    private static readonly string[] Command = ["migrate", "here", "there", "--restart", "--pushers", "3", "--src-tls-verify", "false", "--untagged"];

    [Fact]
    public void The_verification_has_the_ends_and_choices_of_the_migration()
    {
        using var agreement = Agreement.Of(Command)!;
        Assert.Equal(["verify", "here", "there", "--src-tls-verify", "false", "--untagged", "--report"], agreement.Verification[..^1]);
        Assert.Null(Agreement.Of(["plan", "here", "there"]));
    }

    [Theory]
    [InlineData(0, "app v1 migrated, app v2 already-there", 0, "app v1 already-there, app v2 already-there")]
    [InlineData(0, "app v1 trusted", 1, "app v1 failed")]
    [InlineData(1, "app v1 failed, app v2 skipped", 1, "app v1 failed, app v2 skipped")]
    [InlineData(3, "", 3, "")]
    [InlineData(3, "", 0, "app v1 already-there")]
    [InlineData(4, "", 4, "")]
    [InlineData(130, "app v1 migrated", 1, "app v1 already-there, app v2 failed")]
    public void What_fits_together_is_agreed(int migration, string migrated, int verification, string verified) => Demand(migration, migrated, verification, verified);

    [Theory]
    [InlineData(0, "app v1 migrated", 1, "app v1 failed")]
    [InlineData(0, "app v1 migrated", 0, "app v1 failed")]
    [InlineData(0, "app v1 migrated", 0, "")]
    [InlineData(0, "", 0, "app v1 already-there")]
    [InlineData(1, "app v1 failed", 0, "app v1 already-there")]
    [InlineData(1, "app v1 failed, app v2 migrated", 1, "app v1 already-there, app v2 failed")]
    [InlineData(4, "", 0, "")]
    [InlineData(130, "app v1 migrated", 1, "app v1 failed")]
    public void What_contradicts_is_not(int migration, string migrated, int verification, string verified) =>
        Assert.ThrowsAny<XunitException>(() => Demand(migration, migrated, verification, verified));

    private static void Demand(int migration, string migrated, int verification, string verified)
    {
        using var agreement = Agreement.Of(Command)!;
        Write(agreement.Migration[^1], migrated, migration == 0);
        Write(agreement.Verification[^1], verified, verification == 0);
        agreement.Demand(migration, verification, "");
    }

    private static void Write(string path, string images, bool isComplete)
    {
        var written = images.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(image => image.Split(' '))
            .Select(image => $$"""{"repository":"{{image[0]}}","name":"{{image[1]}}","outcome":"{{image[2]}}"{{(image[2] == "trusted" ? ",\"trusted\":true" : "")}}}""");
        File.WriteAllText(path, $$"""{"images":[{{string.Join(',', written)}}],"isComplete":{{(isComplete ? "true" : "false")}}}""");
    }
}
