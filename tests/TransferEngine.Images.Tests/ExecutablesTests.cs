using TransferEngine.TestKit;

namespace TransferEngine.Images.Tests;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class ExecutablesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A shell takes all of these for the working folder; so does the runtime, whatever PATH says.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".")]
    [InlineData(":")]
    [InlineData(":/nowhere:")]
    [InlineData("./")]
    [InlineData("..:bin")]
    public void A_program_is_never_found_in_the_working_folder(string? path)
    {
        var name = $"program-{Guid.NewGuid():N}";
        var here = Path.Join(Environment.CurrentDirectory, name);
        Write(here, executable: true);
        try
        {
            Assert.Null(Executables.FindInPath(name, path));
            Assert.Equal(here, Executables.FindInPath(name, $"{path}:{Environment.CurrentDirectory}"));
        }
        finally
        {
            File.Delete(here);
        }
    }

    [Fact]
    public void The_first_executable_file_of_that_name_is_it()
    {
        Directory.CreateDirectory(_folder.Of("a", "tool"));
        Write(_folder.Of("b", "tool"), executable: false);
        Link(_folder.Of("c", "tool"), _folder.Of("b", "tool"));
        Link(_folder.Of("d", "tool"), _folder.Of("nowhere"));
        Link(_folder.Of("e", "tool"), _folder.Of("a", "tool"));
        Write(_folder.Of("f", "other"), executable: true);
        Link(_folder.Of("f", "tool"), _folder.Of("f", "other"));
        Write(_folder.Of("g", "tool"), executable: true);

        Assert.Equal(_folder.Of("f", "tool"), Executables.FindInPath("tool", PathOf("a", "b", "c", "d", "e", "f", "g")));
        Assert.Equal(_folder.Of("g", "tool"), Executables.FindInPath("tool", PathOf("b", "g", "f")));
        Assert.Null(Executables.FindInPath("tool", PathOf("a", "b", "c", "d", "e")));
    }

    [Theory]
    [InlineData("../g/tool")]
    [InlineData("g/tool")]
    [InlineData("")]
    public void Only_a_name_is_looked_for(string name)
    {
        Write(_folder.Of("g", "tool"), executable: true);

        Assert.Null(Executables.FindInPath(name, $"{_folder.Path}:{_folder.Of("g")}"));
    }

    private string PathOf(params string[] folders) => string.Join(':', folders.Select(folder => _folder.Of(folder)));

    private static void Link(string path, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.CreateSymbolicLink(path, target);
    }

    private static void Write(string path, bool executable)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "#!/bin/sh\n");
        File.SetUnixFileMode(path, executable ? UnixFileMode.UserRead | UnixFileMode.UserExecute : UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
