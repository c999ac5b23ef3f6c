using FsCheck;
using FsCheck.Fluent;
using TransferEngine.TestKit;

namespace TransferEngine.Storage.Tests;

public sealed class NamedPathTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("images", "images", null)]
    [InlineData("images:team/app:v1", "images", "team/app:v1")]
    [InlineData("images:", "images", "")]
    [InlineData("a:b", "a:b", null)]
    [InlineData("a:b:v1", "a:b", "v1")]
    [InlineData("a:b/images", "a:b/images", null)]
    [InlineData("a:b/images:team/app:v1", "a:b/images", "team/app:v1")]
    [InlineData("a:b/new", "a:b/new", null)]
    [InlineData("a:b/new:v1", "a:b/new", "v1")]
    [InlineData("a:b/new/deeper:v1:x", "a:b/new/deeper", "v1:x")]
    [InlineData("new:team/app:v1", "new", "team/app:v1")]
    [InlineData("12:30.tar", "12:30.tar", null)]
    [InlineData("12:30.tar:app:v1", "12:30.tar", "app:v1")]
    public void What_exists_tells_which_colon_begins_the_name(string address, string path, string? name)
    {
        foreach (var folder in new[] { "images", "a", "a:b/images" })
            Directory.CreateDirectory(_folder.Of(folder));
        File.WriteAllText(_folder.Of("12:30.tar"), "");
        Assert.Equal(new NamedPath(_folder.Of(path), name), NamedPath.Parse(_folder.Of(address)));
    }

    [Fact]
    public void Where_nothing_exists_the_first_colon_begins_the_name_as_for_skopeo() =>
        Assert.Equal(new NamedPath("nowhere-at-all", "b:c/d"), NamedPath.Parse("nowhere-at-all:b:c/d"));

    [Fact]
    public void Path_and_name_make_up_the_address() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string>(), text =>
        {
            var (path, name) = NamedPath.Parse(text ?? "");
            return (name is null ? path : $"{path}:{name}") == (text ?? "");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    public void Dispose() => _folder.Dispose();
}
