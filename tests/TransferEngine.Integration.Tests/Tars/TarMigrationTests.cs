using System.Diagnostics;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit.Line;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Integration.Tests.Tars;

/// <summary>A tree packed by GNU tar, migrated by the program into an empty docker-registry.</summary>
public sealed class TarMigrationTests : IAsyncLifetime
{
    private static readonly SampleTreeOptions Size = new() { Repositories = 14, TaggedImages = 60 };

    private Job _job = null!;
    private SampleTree _tree = null!;

    public async Task InitializeAsync()
    {
        _job = await Job.CreateAsync();
        _tree = SampleTree.Build(_job.SourceRoot, Size);
    }

    public async Task DisposeAsync() => await _job.DisposeAsync();

    [Fact]
    public async Task Everything_arrives_from_a_tar_and_the_second_run_uses_its_kept_index()
    {
        var tar = Pack("storage.tar", "--format=gnu");
        var result = await MigrateAsync("registry-tar:" + tar);
        result.AssertExit(0);
        await ComparesEqualAsync();
        var index = Assert.Single(Directory.GetFiles(Path.Join(_job.StateDirectory, "tar-indexes")));
        var written = File.GetLastWriteTimeUtc(index);

        var again = await MigrateAsync("registry-tar:" + tar);
        again.AssertExit(0);
        Assert.Equal(written, File.GetLastWriteTimeUtc(index));
    }

    [Theory]
    [InlineData("storage.tar.gz", "--gzip")]
    [InlineData("storage.tar.zst", "--zstd")]
    public async Task Everything_arrives_from_a_compressed_tar_given_as_a_plain_path(string name, string compression)
    {
        var result = await MigrateAsync(Pack(name, "--format=pax", compression));
        result.AssertExit(0);
        await ComparesEqualAsync();
    }

    [Theory]
    [InlineData("storage.tar", "--format=gnu")]
    [InlineData("storage.tar.gz", "--gzip")]
    public async Task A_tar_cut_before_its_first_tag_never_counts_as_complete(string name, string form)
    {
        // In this order, all blobs come before all links.
        var tar = Pack(name, form, "--sort=name");
        using (var file = new FileStream(tar, FileMode.Open))
            file.SetLength(file.Length * 6 / 10);
        var result = await MigrateAsync(tar);
        result.AssertExit(1);
        Assert.Contains("damaged", result.Errors + result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_tar_cut_behind_all_tags_the_images_whose_blobs_are_whole_arrive()
    {
        // Links first, so that all tags are known; then blobs, of which the last ones are lost.
        var tar = Pack("storage.tar", "docker/registry/v2/repositories");
        Run("tar", "-rf", tar, "-C", _job.SourceRoot, "docker/registry/v2/blobs");
        using (var file = new FileStream(tar, FileMode.Open))
            file.SetLength(file.Length * 19 / 20);
        var result = await MigrateAsync("registry-tar:" + tar);
        result.AssertExit(1);
        var outcomes = _job.ReportedImages().Values.ToList();
        Assert.Equal(_tree.Tagged.Count, outcomes.Count);
        Assert.Contains(outcomes, image => string.Equals(image.GetProperty("outcome").GetString(), "migrated", StringComparison.OrdinalIgnoreCase));
        var failed = outcomes.Where(image => string.Equals(image.GetProperty("outcome").GetString(), "failed", StringComparison.OrdinalIgnoreCase)).ToList();
        Assert.NotEmpty(failed);
        Assert.All(failed, image => Assert.Contains("sha256:", image.GetRawText(), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("storage.tar", "--format=pax")]
    [InlineData("storage.tar.gz", "--gzip")]
    public async Task A_killed_run_is_taken_up_by_the_same_command(string name, string form)
    {
        var tar = Pack(name, form);
        await using var line = new TcpProxy(_job.Target.Port);
        string[] arguments = ["migrate", tar, $"docker://{line.Host}", "--state-dir", _job.StateDirectory];
        await KilledProgram.RunAsync(line, _tree.Tagged.Count / 3, request => request.IsTagPut, arguments);
        var result = await TransferProgram.RunAsync(arguments);
        result.AssertExit(0);
        await ComparesEqualAsync();
    }

    [Fact]
    public async Task Zstd_is_undone_without_a_program_of_that_name()
    {
        var tar = Pack("storage.tar.zst", "--zstd");
        await using var program = TransferProgram.Start(Arguments(tar), environment: new Dictionary<string, string> { ["PATH"] = "/nonexistent" });
        var result = await program.EndAsync();
        result.AssertExit(0);
        await ComparesEqualAsync();
    }

    private async Task ComparesEqualAsync()
    {
        await Comparison.HoldsAllTagsAsync(_job.Target.Host, _tree);
        Comparison.HoldsAllBlobs(_job.TargetRoot, _tree);
    }

    private Task<ProgramResult> MigrateAsync(string source) => TransferProgram.RunAsync([.. Arguments(source)]);

    private string[] Arguments(string source) =>
        ["migrate", source, _job.TargetEndpoint, "--state-dir", _job.StateDirectory, "--report", _job.ReportPath];

    /// <summary>The last of the words may be the folder to pack in place of all.</summary>
    private string Pack(string name, params string[] words)
    {
        var folder = words[^1].StartsWith('-') ? "docker" : words[^1];
        Run("tar", ["-cf", _job.InFolder(name), .. words.Where(word => word.StartsWith('-')), "-C", _job.SourceRoot, folder]);
        return _job.InFolder(name);
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(" ", arguments)}");
    }
}
