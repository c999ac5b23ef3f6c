using TransferEngine.Cli.Tests.Fakes;
using TransferEngine.Images;
using Xunit;

namespace TransferEngine.Cli.Tests.Commands;

public sealed class HarborFlagsTests
{
    private readonly CommandRun _run = new();

    [Fact]
    public async Task What_Harbor_is_to_do_reaches_the_endpoint()
    {
        await MigrateAsync(0, "--harbor-create-projects=false", "--harbor-visibility", "public", "--harbor-storage-limit", "-1", "--harbor-default-project", "mirror");
        Assert.Equal(new HarborSettings { CreateProjects = false, Visibility = HarborVisibility.Public, StorageLimit = -1, DefaultProject = "mirror" },
            _run.Endpoints.TargetSettings?.Harbor);
    }

    [Fact]
    public async Task A_limit_below_minus_one_is_wrong_usage()
    {
        await MigrateAsync(2, "--harbor-storage-limit", "-2");
        Assert.Contains("--harbor-storage-limit", _run.Errors, StringComparison.Ordinal);
    }

    private Task MigrateAsync(int exitCode, params string[] options) => _run.AssertExitAsync(exitCode, ["migrate", "registry-tree:/data", "docker://localhost:5000", .. options]);
}
