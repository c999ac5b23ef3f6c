using System.ComponentModel.DataAnnotations;
using TransferEngine.Images;
using TransferEngine.TestKit.Memory;
using TransferEngine.Tests.Migrations;
using Xunit;

namespace TransferEngine.Tests.Mapping;

public sealed class MappedMigrationTests : IAsyncLifetime
{
    private readonly Migration _migration = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _migration.DisposeAsync();

    [Fact]
    public async Task Images_arrive_under_the_names_that_the_rules_make()
    {
        var app = _migration.Source.AddImage("old/app", "v1", "base", "app");
        var tool = _migration.Source.AddImage("tool", "v1", "base", "tool");
        var report = await RunAsync("replace=old/:new/", "prefix=mirror/");

        Assert.True(report.IsComplete);
        Assert.Equal((app, tool), (_migration.Target.TagOf("new/app", "v1"), _migration.Target.TagOf("mirror/tool", "v1")));
        Assert.DoesNotContain(_migration.Target.Requests, request => request.Contains("old/app", StringComparison.Ordinal));
        Assert.Equal("old/app:v1", _migration.Result("old/app:v1").Display);
    }

    [Fact]
    public async Task The_rules_of_the_options_hold_for_jobs_without_rules_of_their_own()
    {
        _migration.Source.AddImage("a", "v1", "one");
        _migration.Options.Mapping = ["prefix=team/"];
        await _migration.RunAsync();
        Assert.NotNull(_migration.Target.TagOf("team/a", "v1"));
        await _migration.RunAsync(job => Job("prefix=other/") with { Restart = true });
        Assert.NotNull(_migration.Target.TagOf("other/a", "v1"));
        await _migration.RunAsync(job => Job() with { Restart = true });
        Assert.NotNull(_migration.Target.TagOf("a", "v1"));
    }

    [Fact]
    public void Rules_in_the_options_that_can_not_be_meant_stop_the_engine_from_being_made()
    {
        _migration.Options.Mapping = ["prefix=team/", "flatten=/"];
        Assert.Throws<ValidationException>(() => _migration.Engine);
    }

    [Fact]
    public async Task A_repository_without_a_valid_name_fails_alone_at_once_and_also_when_it_is_met_again()
    {
        _migration.Source.AddImage("a/b", "v1", "one");
        _migration.Source.AddImage("good", "v1", "two");
        foreach (var isResumed in new[] { false, true })
        {
            var report = await RunAsync("regex=^a/:-");
            Assert.Equal((isResumed, 1L, false), (report.IsResumed, report.Totals.Failed, report.IsComplete));
            Assert.Equal(ErrorCode.RepositoryNameInvalid, _migration.Result("a/b:*").Error!.Code);
            Assert.NotNull(_migration.Target.TagOf("good", "v1"));
        }
    }

    [Fact]
    public async Task Two_repositories_with_different_tags_may_become_one()
    {
        _migration.Source.AddImage("a/app", "v1", "shared", "one");
        _migration.Source.AddImage("b/app", "v2", "shared", "two");
        var plan = await _migration.Engine.PlanAsync(Job("last=1"), CancellationToken.None);
        var report = await RunAsync("last=1");

        Assert.True(report.IsComplete);
        Assert.NotNull(_migration.Target.TagOf("app", "v1"));
        Assert.NotNull(_migration.Target.TagOf("app", "v2"));
        Assert.Equal((0, 0), (plan.BlobsToMount, report.Totals.BlobsMounted));
        Assert.Equal(plan.BlobsToUpload, report.Totals.BlobsUploaded);
    }

    [Theory]
    [InlineData("last=1")]
    [InlineData("regex=^[ab]/:")]
    [InlineData("replace=b/:a/")]
    [InlineData("exact=b/app:a/app")]
    public async Task Two_repositories_that_would_write_one_tag_stop_the_run_before_anything_moves(string rule)
    {
        _migration.Source.AddImage("a/app", "v1", "one");
        _migration.Source.AddImage("b/app", "v1", "two");
        foreach (var run in new Func<Task>[] { () => RunAsync(rule), () => _migration.Engine.PlanAsync(Job(rule), CancellationToken.None) })
        {
            var error = (await Assert.ThrowsAsync<TransferException>(run)).Error;
            Assert.Equal((ErrorCode.MappingCollision, ErrorScope.Endpoint), (error.Code, error.Scope));
            Assert.Contains("a/app and b/app", error.Message, StringComparison.Ordinal);
            Assert.Contains("the tag v1", error.Message, StringComparison.Ordinal);
        }
        Assert.All(_migration.Target.Requests, request => Assert.Equal("CHECK", request));
    }

    [Theory]
    [InlineData("")]
    [InlineData("prefix=library/")]
    public async Task Names_that_the_target_makes_one_are_a_collision_too(string rule)
    {
        _migration.Source.AddImage("alpine", "v1", "one");
        _migration.Source.AddImage("library/alpine", "v1", "two");
        _migration.Target.OwnName = name => RepositoryName.Parse($"library/{name.ToString().Replace("library/", "", StringComparison.Ordinal)}");
        var error = (await Assert.ThrowsAsync<TransferException>(() => rule.Length == 0 ? _migration.RunAsync() : RunAsync(rule))).Error;
        Assert.Equal(ErrorCode.MappingCollision, error.Code);
        Assert.Contains("alpine and library/alpine", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_collision_of_images_that_are_not_wanted_is_none()
    {
        _migration.Source.AddImage("a/app", "v1", "one");
        _migration.Source.AddImage("b/app", "v1", "two");
        _migration.Source.AddImage("b/app", "v2", "three");
        var mapping = RepositoryMapping.Parse(["last=1"]);
        Assert.True((await _migration.RunAsync(job => job with { Mapping = mapping, Selection = new ImageSelection(excludeRepositories: ["a/*"]) })).IsComplete);
        Assert.True((await _migration.RunAsync(job => job with { Mapping = mapping, Selection = new ImageSelection(newest: 1, excludeTags: ["v1"]) })).IsComplete);
    }

    [Fact]
    public async Task A_prefix_costs_no_look_at_the_names()
    {
        _migration.Source.AddImage("a", "v1", "one");
        await RunAsync("prefix=team/");
        var withPrefix = _migration.Source.Listings;
        await _migration.RunAsync(job => Job("last=1") with { Restart = true });
        Assert.Equal(withPrefix + 1, _migration.Source.Listings - withPrefix);
    }

    [Fact]
    public async Task A_named_job_whose_rules_were_changed_is_refused_until_its_journal_is_forgotten()
    {
        _migration.Source.AddImage("a", "v1", "one");
        await RunAsync("prefix=first/");
        var refused = await Assert.ThrowsAsync<TransferException>(() => _migration.RunAsync(job => Job("prefix=second/") with { TrustJournal = true }));
        Assert.Equal(ErrorCode.JobDiffers, refused.Error.Code);
        Assert.Contains("prefix=first/", refused.Message, StringComparison.Ordinal);
        Assert.Contains("prefix=second/", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--restart", refused.Error.Hint, StringComparison.Ordinal);

        var report = await _migration.RunAsync(job => Job("prefix=second/") with { Restart = true });
        Assert.Equal((1L, true), (report.Totals.Migrated, report.IsComplete));
        Assert.NotNull(_migration.Target.TagOf("second/a", "v1"));
    }

    [Fact]
    public async Task A_plan_names_the_repositories_that_get_another_name()
    {
        _migration.Source.AddImage("old/app", "v1", "one");
        _migration.Source.AddImage("tool", "v1", "two");
        var plan = await _migration.Engine.PlanAsync(Job("replace=old/:new/"), CancellationToken.None);
        Assert.Equal(new RepositoryRename(RepositoryName.Parse("old/app"), RepositoryName.Parse("new/app")), Assert.Single(plan.Renames));
        Assert.Equal(2, plan.Repositories);
    }

    [Fact]
    public async Task A_verification_looks_where_the_rules_put_the_images()
    {
        _migration.Source.AddImage("old/app", "v1", "one");
        await RunAsync("replace=old/:new/");
        Assert.True((await _migration.Engine.VerifyAsync(Job("replace=old/:new/"), _migration, CancellationToken.None)).IsComplete);
        Assert.False((await _migration.Engine.VerifyAsync(Job(), _migration, CancellationToken.None)).IsComplete);
    }

    [Fact]
    public async Task Only_the_newest_tags_of_each_repository_are_moved()
    {
        foreach (var tag in new[] { "1.9", "1.10", "latest" })
        {
            _migration.Source.AddImage("a", tag, tag);
            _migration.Source.AddImage("b", tag, tag);
        }
        var report = await _migration.RunAsync(job => job with { Selection = new ImageSelection(newest: 1) });
        Assert.Equal(2, report.Totals.Images);
        Assert.NotNull(_migration.Target.TagOf("b", "1.10"));
        Assert.Null(_migration.Target.TagOf("b", "1.9"));
    }

    [Fact]
    public async Task A_jobs_name_includes_its_rules_in_their_order()
    {
        await using var source = new MemorySource();
        await using var target = new MemoryTarget();
        string Name(params string[] rules) => new MigrationJob(source, target) { Mapping = RepositoryMapping.Parse(rules) }.Name;

        Assert.Equal(new MigrationJob(source, target).Name, Name());
        Assert.Equal(Name("exact=a:b", "last=1"), Name("exact=a:b", "last=1"));
        string[] names = [Name(), Name("last=1"), Name("last=2"), Name("exact=a:b", "last=1"), Name("exact=a:b", "exact=c:d"), Name("exact=c:d", "exact=a:b")];
        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.All(names, name => Assert.Matches("^[0-9a-f]{16}$", name));
    }

    private MigrationJob Job(params string[] rules) => new(_migration.Source, _migration.Target) { Name = "job", Mapping = RepositoryMapping.Parse(rules) };

    private Task<MigrationReport> RunAsync(params string[] rules) => _migration.RunAsync(job => job with { Mapping = RepositoryMapping.Parse(rules) });
}
