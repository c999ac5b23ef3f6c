using TransferEngine.Images;
using TransferEngine.Storage.Folders;
using TransferEngine.Storage.Layouts;

namespace TransferEngine.Storage.Tests.Writing;

/// <summary>Targets that somebody prepared: nothing is written or cleared away behind the links in them.</summary>
public sealed class HostileTargetTests : TreeTargetTest
{
    private string Outside => InFolder("outside");

    private string Victim => Path.Join(Outside, "victim.lock");

    [Fact]
    public async Task The_work_folder_of_a_tree_that_leads_elsewhere_is_neither_used_nor_cleared()
    {
        await PrepareTreeAsync();
        Directory.CreateSymbolicLink(Path.Join(Places.V2, "_transfer"), Outside);
        await RefusedAsync(Open());
    }

    [Fact]
    public async Task In_a_tree_only_what_runs_left_is_cleared_from_their_folder()
    {
        await PrepareTreeAsync();
        Directory.Move(Outside, Path.Join(Places.V2, "_transfer"));
        await using (var target = Open())
            Assert.True(await TakeAsync(target, App, Blob("layer")));
        Assert.Equal("mine", await File.ReadAllTextAsync(Path.Join(Places.V2, "_transfer", "victim", "file")));
    }

    [Fact]
    public async Task A_tag_whose_index_leads_elsewhere_is_not_written_to()
    {
        await PrepareTreeAsync();
        var blob = Blob("{}");
        await using var target = Open();
        await TakeAsync(target, App, blob);
        await target.PutManifestAsync(App, Tag.Parse("v1"), ManifestOf(blob.Blob), default);
        var index = Path.Join(Places.TagsFolder(App.ToString()), "v1", "index");
        Directory.Delete(index, recursive: true);
        Directory.CreateSymbolicLink(index, Outside);
        var failure = await Assert.ThrowsAsync<TransferException>(() => target.PutManifestAsync(App, Tag.Parse("v1"), ManifestOf(blob.Blob, blob.Blob), default));
        Assert.Equal(ErrorCode.SourceOutsideRoot, failure.Error.Code);
        AssertUntouched();
    }

    [Theory]
    [InlineData("")]
    [InlineData("blobs")]
    [InlineData("manifests")]
    [InlineData("manifests/team")]
    [InlineData("lock")]
    public async Task The_staging_of_a_forest_that_leads_elsewhere_is_not_used(string name)
    {
        Prepare();
        var link = Path.TrimEndingDirectorySeparator(Path.Join(TargetPath, ".transfer-engine", name));
        Directory.CreateDirectory(Path.GetDirectoryName(link)!);
        File.CreateSymbolicLink(link, name == "lock" ? Path.Join(Outside, "new") : Outside);
        await RefusedAsync(DirTarget.Create(TargetPath));
    }

    [Fact]
    public async Task The_journal_of_a_layout_that_leads_elsewhere_is_not_cut()
    {
        Prepare();
        await using (var layout = OciLayoutTarget.Create(new LayoutAddress(TargetPath, null)))
            await TakeAsync(layout, App, Blob("layer"));
        File.CreateSymbolicLink(Path.Join(TargetPath, "index.json.pending"), Victim);
        await RefusedAsync(OciLayoutTarget.Create(new LayoutAddress(TargetPath, null)));
    }

    private async Task PrepareTreeAsync()
    {
        Prepare();
        await using var target = Open();
        await TakeAsync(target, Other, Blob("before"));
    }

    private void Prepare()
    {
        Directory.CreateDirectory(Path.Join(Outside, "victim"));
        File.WriteAllText(Victim, "no line end");
        File.WriteAllText(Path.Join(Outside, "victim", "file"), "mine");
    }

    private async Task RefusedAsync(IImageTarget target)
    {
        await using (target)
        {
            var failure = await Assert.ThrowsAsync<TransferException>(() => TakeAsync(target, App, Blob("layer")));
            Assert.Equal((ErrorCode.TargetUnwritable, ErrorScope.Endpoint), (failure.Error.Code, failure.Error.Scope));
            Assert.Contains("symbolic link", failure.Error.Message, StringComparison.Ordinal);
        }
        AssertUntouched();
    }

    private void AssertUntouched()
    {
        Assert.Equal(["victim", "victim.lock", "victim/file"],
            Directory.EnumerateFileSystemEntries(Outside, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Outside, path)).Order(StringComparer.Ordinal));
        Assert.Equal("no line end", File.ReadAllText(Victim));
    }
}
