using FsCheck;
using FsCheck.Fluent;

namespace TransferEngine.Registry.Tests;

public sealed class ChallengeTests
{
    [Fact]
    public void A_bearer_challenge_has_its_parameters_without_their_quotes()
    {
        var challenge = Assert.Single(Challenge.ParseAll(["""Bearer realm="https://auth.example/token",service="registry",scope="repository:a/b:pull,push" """]));
        Assert.Equal("Bearer", challenge.Scheme);
        Assert.Equal("https://auth.example/token", challenge["realm"]);
        Assert.Equal("repository:a/b:pull,push", challenge["scope"]);
    }

    [Fact]
    public void Several_challenges_in_one_line_and_in_several_lines_are_told_apart()
    {
        var challenges = Challenge.ParseAll(["""Basic realm="a, b", Bearer realm="c", error=invalid_token""", "Negotiate"]);
        Assert.Equal(["Basic", "Bearer", "Negotiate"], challenges.Select(challenge => challenge.Scheme));
        Assert.Equal("a, b", challenges[0]["realm"]);
        Assert.Equal("invalid_token", challenges[1]["error"]);
    }

    [Fact]
    public void Escapes_in_quoted_strings_are_undone() =>
        Assert.Equal("say \"hi\"", Assert.Single(Challenge.ParseAll([@"Basic realm=""say \""hi\"""""]))["realm"]);

    [Fact]
    public void Any_text_at_all_is_read_without_a_failure() =>
        Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<string?[]>(), lines => Challenge.ParseAll(lines.Select(line => line ?? "")) is not null));
}
