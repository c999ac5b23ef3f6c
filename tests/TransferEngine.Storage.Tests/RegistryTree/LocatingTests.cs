using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Tests.RegistryTree;

public sealed class LocatingTests : TreeTest
{
    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/docker")]
    [InlineData("/docker/registry")]
    [InlineData("/docker/registry/v2")]
    [InlineData("/docker/registry/v2/")]
    [InlineData("/docker/registry/v2/repositories")]
    [InlineData("/docker/registry/v2/repositories/a/b/_manifests/tags")]
    [InlineData("/docker/registry/v2/blobs/sha256")]
    public async Task A_tree_is_found_from_its_root_and_from_any_path_inside(string inside)
    {
        Tree.AddImage("a/b", "latest", "layer");

        await using var source = RegistryTreeSource.Open(Tree.Root + inside);

        Assert.Equal("registry-tree:" + Tree.Root, source.Endpoint);
        Assert.Equal(["a/b"], await source.ListRepositoriesAsync(default).Select(repository => repository.Name).ToListAsync());
    }

    [Theory]
    [InlineData(".snapshot/hourly.0")]
    [InlineData("@eaDir")]
    public async Task A_copy_that_a_system_keeps_beside_a_tree_is_no_other_tree(string place)
    {
        Tree.AddImage("a", "latest", "layer");
        var parent = Path.GetDirectoryName(Tree.Root)!;
        Directory.CreateDirectory(Path.Join(parent, place, "registry/docker/registry/v2/repositories"));

        await using var source = RegistryTreeSource.Open(parent);

        Assert.Equal("registry-tree:" + Tree.Root, source.Endpoint);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_tree_is_found_a_few_folders_below(int levels)
    {
        Tree.AddImage("a", "latest", "layer");
        var above = Path.Join(Outside, string.Join('/', Enumerable.Range(1, levels)));
        Directory.CreateDirectory(Path.GetDirectoryName(above)!);
        Directory.Move(Tree.Root, above);

        Assert.Equal("registry-tree:" + above, RegistryTreeSource.Open(Outside).Endpoint);
    }

    [Fact]
    public void A_relative_path_gives_an_absolute_endpoint()
    {
        Tree.AddImage("a", "latest", "layer");

        Assert.Equal("registry-tree:" + Tree.Root, RegistryTreeSource.Open(Path.GetRelativePath(".", Tree.Root)).Endpoint);
    }

    [Fact]
    public async Task A_copy_of_the_v2_folder_under_another_name_is_a_tree()
    {
        Tree.AddImage("a", "latest", "layer");
        Directory.Move(Tree.V2, Outside);

        await using var source = RegistryTreeSource.Open(Outside);

        Assert.Equal(1, await source.ListRepositoriesAsync(default).CountAsync());
    }

    [Fact]
    public void A_tree_deeper_than_the_search_goes_is_not_found()
    {
        Tree.AddImage("a", "latest", "layer");
        Directory.CreateDirectory(Path.Join(Outside, "1/2/3/4"));
        Directory.Move(Tree.Root, Path.Join(Outside, "1/2/3/4/5"));

        var error = ErrorOf(Outside);

        Assert.Equal(ErrorCode.SourceNotFound, error.Code);
        Assert.Contains("up to 4 levels below", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_no_tree_is_refused_saying_what_was_looked_for()
    {
        Directory.CreateDirectory(Path.Join(Outside, "holiday", "pictures"));

        var error = ErrorOf(Outside);

        Assert.Equal(ErrorCode.SourceNotFound, error.Code);
        Assert.Contains("docker/registry/v2", error.Message, StringComparison.Ordinal);
        Assert.Contains("3 folders", error.Message, StringComparison.Ordinal);
        Assert.Contains("rootdirectory", error.Hint, StringComparison.Ordinal);
        Assert.Equal(Outside, error.Path);
    }

    [Fact]
    public void The_search_stops_after_the_given_number_of_folders()
    {
        for (var i = 0; i < 20; i++)
            Directory.CreateDirectory(Path.Join(Outside, $"{i}"));

        var failure = Assert.Throws<TransferException>(() => RegistryTreeSource.Open(Outside, new RegistryTreeOptions { ProbeFolders = 5 }));

        Assert.Contains("in 5 folders", failure.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_that_does_not_exist_is_refused() =>
        Assert.Equal(ErrorCode.SourceNotFound, ErrorOf(Path.Join(Outside, "nowhere")).Code);

    [Fact]
    public void A_file_is_refused()
    {
        File.WriteAllText(Outside, "a tar, perhaps");

        var error = ErrorOf(Outside);

        Assert.Equal(ErrorCode.SourceNotFound, error.Code);
        Assert.Contains("file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_trees_below_are_named_for_the_user_to_choose()
    {
        foreach (var name in new[] { "one", "two" })
            Directory.CreateDirectory(Path.Join(Outside, name, "docker/registry/v2/blobs"));

        var error = ErrorOf(Outside);

        Assert.Equal(ErrorCode.SourceNotFound, error.Code);
        Assert.Contains(Path.Join(Outside, "one"), error.Message, StringComparison.Ordinal);
        Assert.Contains(Path.Join(Outside, "two"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_tree_of_a_GitLab_registry_with_a_database_is_refused()
    {
        Tree.AddImage("group/project", "latest", "layer");
        var lockFile = Path.Join(Tree.Root, "docker/registry/lockfiles/database-in-use");
        Directory.CreateDirectory(Path.GetDirectoryName(lockFile)!);
        File.WriteAllText(lockFile, "");

        var error = ErrorOf(Tree.Root);

        Assert.Equal(ErrorCode.SourceOutdated, error.Code);
        Assert.Equal(lockFile, error.Path);
        Assert.Contains("GitLab", error.Message, StringComparison.Ordinal);
        Assert.Contains("docker://", error.Hint, StringComparison.Ordinal);
    }

    private static TransferError ErrorOf(string path)
    {
        var error = Assert.Throws<TransferException>(() => RegistryTreeSource.Open(path)).Error;
        Assert.Equal(ErrorScope.Endpoint, error.Scope);
        return error;
    }
}
