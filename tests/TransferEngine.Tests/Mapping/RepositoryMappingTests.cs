using FsCheck;
using FsCheck.Fluent;
using TransferEngine.Images;
using Xunit;

namespace TransferEngine.Tests.Mapping;

public sealed class RepositoryMappingTests
{
    private static readonly string[] Rules =
    [
        "prefix=team/", "prefix=mirror-", "replace=a/:b/", "replace=a/:", "replace=a:x-", "regex=^a/(.*)$:b/$1", "regex=(?<x>[0-9]+):n${x}", "regex=/:.",
        "regex=^:-", "regex=(b)\\1:$1", "exact=a/b:c/d", "flatten=-", "flatten=__", "last=1", "last=2",
    ];

    [Theory]
    [InlineData("prefix=team/", "a/b", "team/a/b")]
    [InlineData("prefix=mirror-", "a/b", "mirror-a/b")]
    [InlineData("replace=old/:new/", "old/app", "new/app")]
    [InlineData("replace=old/:new/", "older/app", "older/app")]
    [InlineData("replace=old/:new/", "a/old/app", "a/old/app")]
    [InlineData("replace=old/:", "old/app", "app")]
    [InlineData("replace=old/app:", "old/app", "old/app")]
    [InlineData("regex=^a/(.*)$:b/$1", "a/x/y", "b/x/y")]
    [InlineData("regex=(.*):b/$1", "x", "b/x")]
    [InlineData("regex=^(?<team>[^/]+)/(?<app>[^/]+)$:${app}/${team}", "red/shop", "shop/red")]
    [InlineData("regex=^(?:a|b)/:c/", "b/x", "c/x")]
    [InlineData("regex=/:-", "a/b/c", "a-b/c")]
    [InlineData("regex=^(a+)/\\1$:$1", "aa/aa", "aa")]
    [InlineData("regex=^a/:b/", "c/a/x", "c/a/x")]
    [InlineData("exact=a/b:c/d", "a/b", "c/d")]
    [InlineData("exact=a/b:c/d", "a/b/c", "a/b/c")]
    [InlineData("flatten=-", "a/b/c", "a-b-c")]
    [InlineData("flatten=__", "a/b", "a__b")]
    [InlineData("flatten=-", "a", "a")]
    [InlineData("last=1", "a/b/c", "c")]
    [InlineData("last=2", "a/b/c", "b/c")]
    [InlineData("last=3", "a/b", "a/b")]
    public void A_rule_makes_the_targets_name(string rule, string source, string expected) => Assert.Equal(expected, Map(source, rule));

    [Fact]
    public void The_first_rule_that_matches_decides_and_without_one_the_name_stays()
    {
        string[] rules = ["exact=a/b:special", "replace=a/:x/", "replace=a/b:never", "regex=^c$:d"];
        Assert.Equal(["special", "x/c", "d", "other"], new[] { "a/b", "a/c", "c", "other" }.Select(source => Map(source, rules)));
        Assert.Equal("a/b", Map("a/b"));
    }

    [Theory]
    [InlineData("prefix=")]
    [InlineData("prefix=Team/")]
    [InlineData("prefix=/")]
    [InlineData("prefix")]
    [InlineData("rename=a:b")]
    [InlineData("replace=old/")]
    [InlineData("replace=:new/")]
    [InlineData("replace=old/:New/")]
    [InlineData("regex=(:x")]
    [InlineData("regex=:x")]
    [InlineData("regex=a\nb:x")]
    [InlineData("exact=a/b")]
    [InlineData("exact=A:b")]
    [InlineData("exact=a:b/")]
    [InlineData("flatten=/")]
    [InlineData("flatten=--_")]
    [InlineData("last=0")]
    [InlineData("last=-1")]
    [InlineData("last=many")]
    public void A_rule_that_can_not_be_meant_is_refused_with_the_rules_there_are(string rule)
    {
        var error = Assert.Throws<TransferException>(() => RepositoryMapping.Parse([rule])).Error;
        Assert.Equal((ErrorCode.ConfigurationInvalid, ErrorScope.Endpoint), (error.Code, error.Scope));
        Assert.Contains("prefix=TEXT", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rule_that_is_never_reached_is_refused()
    {
        var error = Assert.Throws<TransferException>(() => RepositoryMapping.Parse(["flatten=-", "prefix=a/"])).Error;
        Assert.Contains("'prefix=a/'", error.Message, StringComparison.Ordinal);
        Assert.Contains("'flatten=-' before it", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("regex=^a:-", "a/b")]
    [InlineData("regex=a:A", "a/b")]
    [InlineData("replace=a:b--", "a/b")]
    public void A_result_that_is_no_name_is_an_error_of_that_repository(string rule, string source)
    {
        var error = Assert.Throws<TransferException>(() => Map(source, rule)).Error;
        Assert.Equal((ErrorCode.RepositoryNameInvalid, ErrorScope.Repository, RepositoryName.Parse(source)), (error.Code, error.Scope, error.Repository));
        Assert.Equal("other", Map("other", rule));
    }

    [Fact]
    public void A_result_that_is_too_long_is_an_error_too() =>
        Assert.Equal(ErrorCode.RepositoryNameInvalid, Assert.Throws<TransferException>(() => Map(new string('a', 250), "prefix=project/")).Error.Code);

    [Fact]
    public void A_pattern_that_runs_away_is_stopped()
    {
        var error = Assert.Throws<TransferException>(() => Map(new string('a', 200), "regex=^(?=(a+)+$)(a|aa)+b\\1$:x")).Error;
        Assert.Equal((ErrorCode.ConfigurationInvalid, ErrorScope.Repository), (error.Code, error.Scope));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(false, "prefix=a/")]
    [InlineData(true, "flatten=-")]
    [InlineData(true, "last=1")]
    [InlineData(true, "exact=a:b")]
    [InlineData(true, "regex=a:b")]
    [InlineData(true, "replace=a:b", "prefix=c/")]
    public void Only_a_prefix_can_never_give_two_repositories_one_name(bool expected, params string[] rules) =>
        Assert.Equal(expected, RepositoryMapping.Parse(rules).CanCollide);

    [Fact]
    public void Rules_are_equal_when_they_are_written_the_same()
    {
        Assert.Equal(RepositoryMapping.Parse(["exact=a:b", "prefix=x/"]), RepositoryMapping.Parse(["exact=a:b", "prefix=x/"]));
        Assert.NotEqual(RepositoryMapping.Parse(["prefix=y/"]), RepositoryMapping.Parse(["prefix=x/"]));
        Assert.Equal(RepositoryMapping.None, RepositoryMapping.Parse(null));
    }

    [Fact]
    public void A_mapping_is_deterministic_and_gives_valid_names_or_a_typed_error() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Elements(Rules).ArrayOf().ToArbitrary(), Names().ToArbitrary(), (rules, name) =>
        {
            // A rule that matches everything may only be the last one.
            string[] given = [.. rules.Where(rule => !IsLast(rule)), .. rules.Where(IsLast).Take(1)];
            var source = RepositoryName.Parse(name);
            var first = Outcome(given, source);
            Assert.Equal(first, Outcome(given, source));
            Assert.True(first == ErrorCode.RepositoryNameInvalid || RepositoryName.TryParse(first, out _), first);
        }));

    [Fact]
    public void A_prefix_keeps_different_names_different() => Check.QuickThrowOnFailure(Prop.ForAll(
        Names().ToArbitrary(), Names().ToArbitrary(), (left, right) => (left == right) == (Map(left, "prefix=p/") == Map(right, "prefix=p/"))));

    private static bool IsLast(string rule) => rule.StartsWith("prefix", StringComparison.Ordinal) || rule.StartsWith("flatten", StringComparison.Ordinal)
        || rule.StartsWith("last", StringComparison.Ordinal);

    private static Gen<string> Names() =>
        from components in Gen.Elements("a", "b", "a1", "bb", "team", "x-y", "v2.0", "z_z").ArrayOf()
        where components.Length is > 0 and < 8
        select string.Join('/', components);

    private static string Outcome(string[] rules, RepositoryName source)
    {
        try
        {
            return RepositoryMapping.Parse(rules).Map(source).ToString();
        }
        catch (TransferException e)
        {
            return e.Error.Code;
        }
    }

    private static string Map(string source, params string[] rules) => RepositoryMapping.Parse(rules).Map(RepositoryName.Parse(source)).ToString();
}
