using TransferEngine.Hosting.Spooled;
using TransferEngine.Images;
using TransferEngine.TestKit;
using Xunit;

namespace TransferEngine.Hosting.Tests.Spooled;

/// <summary>The program that reads containers-storage: a script here, so that it can be seen which one was run.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class SkopeoSaverTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".")]
    [InlineData(":/nowhere:")]
    public async Task A_skopeo_that_lies_in_the_working_folder_is_not_run(string? path)
    {
        var here = Path.Join(Environment.CurrentDirectory, "skopeo");
        Write(here, $"touch {_folder.Of("was-run")}");
        try
        {
            var error = await FailureAsync(path);

            Assert.Equal((ErrorCode.SourceUnreadable, ErrorScope.Endpoint), (error.Code, error.Scope));
            Assert.Contains("Install skopeo", error.Hint, StringComparison.Ordinal);
            Assert.False(File.Exists(_folder.Of("was-run")));
        }
        finally
        {
            File.Delete(here);
        }
    }

    [Fact]
    public async Task The_skopeo_of_PATH_is_run_by_its_absolute_path()
    {
        Write(_folder.Of("skopeo"), $"echo \"$0\" > {_folder.Of("was-run")}");

        await Saver(_folder.Path).SaveAsync(["app:v1"], _folder.Of("out.tar"), default);

        Assert.Equal(_folder.Of("skopeo"), File.ReadAllText(_folder.Of("was-run")).Trim());
    }

    [Fact]
    public async Task A_full_disk_is_told_from_an_image_that_can_not_be_read()
    {
        Write(_folder.Of("skopeo"), "echo 'level=fatal msg=\"writing blob: write /tmp/x: no space left on device\"' >&2; exit 1");

        var error = await FailureAsync(_folder.Path);

        Assert.Equal((ErrorScope.Endpoint, SpoolFolder.MoreRoom), (error.Scope, error.Hint));
    }

    [Fact]
    public async Task What_it_complains_of_can_not_steer_a_terminal()
    {
        Write(_folder.Of("skopeo"), "printf 'msg=\"bad \\033[31m\\342\\200\\256 name\"\\n' >&2; exit 1");

        Assert.Contains("bad \\u{1b}[31m\\u{202e} name", (await FailureAsync(_folder.Path)).ToString(), StringComparison.Ordinal);
    }

    private async Task<TransferError> FailureAsync(string? path) =>
        (await Assert.ThrowsAsync<TransferException>(() => Saver(path).SaveAsync(["app:v1"], _folder.Of("out.tar"), default))).Error;

    private static SkopeoSaver Saver(string? path) => new(name => name == "PATH" ? path : null);

    private static void Write(string path, string script)
    {
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
