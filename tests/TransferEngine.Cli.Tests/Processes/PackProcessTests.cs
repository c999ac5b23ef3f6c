using TransferEngine.Images;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Cli.Tests.Processes;

public sealed class PackProcessTests : IDisposable
{
    private readonly TransferProcess _transfer = new();

    public PackProcessTests() => _transfer.WriteTree("team/app", "1.0", "2.0");

    public void Dispose() => _transfer.Dispose();

    [Fact]
    public async Task A_package_of_nothing_is_not_written()
    {
        var result = (await _transfer.RunAsync("pack", ".", "release.tar", "--include", "other/**")).AssertExit(4);
        Assert.Contains("NOTHING_SELECTED: 0 of 2 images matched. There are team/app:1.0, team/app:2.0.", result.Errors, StringComparison.Ordinal);
        (await _transfer.RunAsync("pack", ".", "release.tar", "--include", "other/**", "--allow-empty")).AssertExit(0);
        Assert.Empty(Directory.GetFiles(_transfer.Folder, "release*"));
    }

    [Fact]
    public async Task A_package_of_images_that_all_failed_is_not_written_either()
    {
        File.Delete(new StorageTreeBuilder(_transfer.Folder).BlobPath(Digest.OfSha256("layer"u8)));
        var result = (await _transfer.RunAsync("pack", ".", "release.tar")).AssertExit(1);
        Assert.Contains("None of the images could be packed", result.Errors, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_transfer.Folder, "release*"));
    }

    [Fact]
    public async Task What_is_selected_is_packed_as_ever()
    {
        (await _transfer.RunAsync("pack", ".", "release.tar", "--include-tags", "1.*")).AssertExit(0);
        Assert.True(File.Exists(Path.Combine(_transfer.Folder, "release.tar")));
    }
}
