using TransferEngine.Images;
using TransferEngine.Tests.Migrations;
using Xunit;

namespace TransferEngine.Tests.Selection;

/// <summary>A run over nothing is no success, and says what there would have been.</summary>
public sealed class NothingSelectedTests : IAsyncLifetime
{
    private readonly Migration _migration = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _migration.DisposeAsync();

    [Theory]
    [InlineData("other/*", null)]
    [InlineData(null, "v9")]
    public async Task Filters_that_leave_nothing_are_told_with_names_that_are_there(string? repositories, string? tags)
    {
        for (var i = 0; i < 8; i++)
            _migration.Source.AddImage($"team/app{i}", "v1", "layer");
        var selection = new ImageSelection(repositories is null ? [] : [repositories], null, tags is null ? [] : [tags]);
        var job = new MigrationJob(_migration.Source, _migration.Target) { Selection = selection };
        var report = await _migration.RunAsync(given => given with { Selection = selection });
        var plan = await _migration.Engine.PlanAsync(job, CancellationToken.None);
        var verification = await _migration.Engine.VerifyAsync(job, NullObserver.Instance, CancellationToken.None);

        Assert.False(report.IsComplete || verification.IsComplete);
        foreach (var miss in new[] { report.NothingSelected, plan.NothingSelected, verification.NothingSelected })
        {
            Assert.Equal((8, 0, true), (miss!.Images, miss.Untagged, miss.IsWhole));
            Assert.Equal(["team/app0:v1", "team/app1:v1", "team/app2:v1", "team/app3:v1", "team/app4:v1"], miss.Examples);
        }
    }

    [Fact]
    public async Task A_source_whose_images_have_no_tags_is_told_by_their_digests()
    {
        var digest = _migration.Source.AddImage("mirror", null, "layer");
        var miss = (await _migration.RunAsync()).NothingSelected!;
        Assert.Equal((1, 1), (miss.Images, miss.Untagged));
        Assert.Equal([$"mirror@{digest}"], miss.Examples);
        Assert.Null((await _migration.RunAsync(job => job with { Untagged = true })).NothingSelected);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_list_without_images_is_told_with_those_of_the_source_it_narrows(bool platforms)
    {
        _migration.Source.AddImage("team/app", "v1", "layer");
        IImageSource listed = new ListedImages(_migration.Source, ImageList.Parse(new StringReader("\n# nothing yet\n"), host: null));
        if (platforms)
            listed = PlatformSelection.Narrow(listed, [Platform.Parse("linux/amd64")]);
        var miss = (await _migration.RunAsync(job => job with { Source = listed })).NothingSelected!;
        Assert.Equal((1, true), (miss.Images, miss.IsWhole));
        Assert.Equal(["team/app:v1"], miss.Examples);
    }

    [Fact]
    public async Task An_empty_source_is_told_too()
    {
        var miss = (await _migration.RunAsync()).NothingSelected!;
        Assert.Equal((0, true), (miss.Images, miss.IsWhole));
        Assert.Empty(miss.Examples);
    }

    [Fact]
    public async Task One_image_that_fails_is_something()
    {
        _migration.Source.AddDamaged("a", "v1", ErrorCode.TagLinkEmpty);
        Assert.Null((await _migration.RunAsync()).NothingSelected);
    }
}
