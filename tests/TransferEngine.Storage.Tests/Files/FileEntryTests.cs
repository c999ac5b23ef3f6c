using System.Runtime.Versioning;
using TransferEngine.Storage.Files;
using TransferEngine.Storage.Tests.RegistryTree;
using TransferEngine.TestKit;

namespace TransferEngine.Storage.Tests.Files;

[SupportedOSPlatform("linux")]
public sealed class FileEntryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_is_told_with_its_length()
    {
        File.WriteAllText(_folder.Of("file"), "seven b");
        File.WriteAllText(_folder.Of("empty"), "");
        File.WriteAllText(_folder.Of("größe 📦"), "four");

        Assert.Equal(new FileEntry(EntryKind.File, 7), FileEntry.At(_folder.Of("file")));
        Assert.Equal(new FileEntry(EntryKind.File, 0), FileEntry.At(_folder.Of("empty")));
        Assert.Equal(new FileEntry(EntryKind.File, 4), FileEntry.At(_folder.Of("größe 📦")));
    }

    [Fact]
    public void A_file_of_more_than_four_gigabytes_has_its_whole_length()
    {
        using (var file = File.Create(_folder.Of("large")))
            file.SetLength(5_000_000_000);
        Assert.Equal(new FileEntry(EntryKind.File, 5_000_000_000), FileEntry.At(_folder.Of("large")));
    }

    [Fact]
    public void Links_are_not_followed()
    {
        Directory.CreateDirectory(_folder.Of("folder"));
        File.CreateSymbolicLink(_folder.Of("to a folder"), "folder");
        File.CreateSymbolicLink(_folder.Of("to nothing"), "nothing");

        Assert.Equal(EntryKind.Folder, FileEntry.At(_folder.Of("folder")).Kind);
        Assert.Equal(EntryKind.Link, FileEntry.At(_folder.Of("to a folder")).Kind);
        Assert.Equal(EntryKind.Link, FileEntry.At(_folder.Of("to nothing")).Kind);
    }

    [Fact]
    public void Nothing_is_where_nothing_is_nor_below_a_file()
    {
        File.WriteAllText(_folder.Of("file"), "");
        Assert.Equal(EntryKind.Missing, FileEntry.At(_folder.Of("none")).Kind);
        Assert.Equal(EntryKind.Missing, FileEntry.At(_folder.Of("none", "none")).Kind);
        Assert.Equal(EntryKind.Missing, FileEntry.At(_folder.Of("file", "none")).Kind);
    }

    [Fact]
    public void What_may_not_be_looked_at_is_not_missing()
    {
        Directory.CreateDirectory(_folder.Of("closed"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var path = _folder.Of("closed", "none");

        Assert.Equal(EntryKind.Missing, FileEntry.At(path).Kind);
        Assert.IsType<UnauthorizedAccessException>(AnotherUser.Run(() => Record.Exception(() => FileEntry.At(path))));
    }
}
