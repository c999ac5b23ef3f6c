using TransferEngine.Cli.Tests.Fakes;
using TransferEngine.Images;
using Xunit;

namespace TransferEngine.Cli.Tests.Commands;

public sealed class PlanAndVerifyTests
{
    private static readonly ImageResult Problem = new("a", "bad", ImageOutcome.Failed, null, new TransferError(ErrorCode.BlobMissing, "A blob is missing."));

    private readonly CommandRun _run = new();

    [Fact]
    public async Task A_plan_tells_counts_and_exact_bytes()
    {
        await _run.AssertExitAsync(0, "plan", "/data", "docker://host");
        Assert.Contains("  upload     5 blobs, 1.5 KiB (1,536 bytes)", _run.OutputLines);
        Assert.Contains("  images     3 to migrate, 0 already there, 0 with problems, in 2 repositories", _run.OutputLines);
    }

    [Fact]
    public async Task A_plan_as_JSON_is_one_object()
    {
        _run.Engine.PlanProblems = [Problem];
        await _run.AssertExitAsync(1, "plan", "/data", "docker://host", "--json");
        var plan = Assert.Single(_run.Events);
        Assert.Equal(1536, plan.GetProperty("bytesToUpload").GetInt64());
        Assert.Equal("BLOB_MISSING", plan.GetProperty("problems")[0].GetProperty("error").GetProperty("code").GetString());
        Assert.Equal("failed a:bad  BLOB_MISSING: A blob is missing.\n", _run.Errors);
    }

    [Fact]
    public async Task A_plan_shows_each_name_that_changes()
    {
        _run.Engine.PlanRenames = [new RepositoryRename(RepositoryName.Parse("old/app"), RepositoryName.Parse("new/app"))];
        await _run.AssertExitAsync(0, "plan", "/data", "docker://host", "--map", "replace=old/:new/");
        Assert.Equal(["  names      1 changed, 1 kept", "    old/app -> new/app"], _run.OutputLines[^2..]);
        await _run.RunAsync("plan", "/data", "docker://host", "--map", "replace=old/:new/", "--json");
        Assert.Equal("new/app", _run.Events[0].GetProperty("renames")[0].GetProperty("target").GetString());
    }

    [Fact]
    public async Task A_verification_without_differences_is_0()
    {
        _run.Engine.Results.Add(new ImageResult("a", "1", ImageOutcome.AlreadyThere, FakeEngine.SomeDigest, null));
        await _run.AssertExitAsync(0, "verify", "/data", "docker://host");
        Assert.Equal("Verified: 1 image, all there (/data -> docker://host)\n", _run.Output);
    }

    [Fact]
    public async Task A_verification_names_each_difference()
    {
        _run.Engine.Results.Add(Problem);
        await _run.AssertExitAsync(1, "verify", "/data", "docker://host", "--json");
        Assert.Equal(["started", "image", "finished"], _run.Events.Select(one => one.GetProperty("event").GetString()));
        Assert.Equal(1, _run.Events[^1].GetProperty("problems").GetInt64());
        Assert.Contains("failed a:bad", _run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plan", "  note       Read in two passes.")]
    [InlineData("verify", "  note    Read in two passes.")]
    public async Task Notes_are_told_in_words_and_to_machines(string command, string line)
    {
        _run.Engine.Notes = ["Read in two passes."];
        await _run.AssertExitAsync(0, command, "/data", "docker://host");
        Assert.Contains(line, _run.OutputLines);
        await _run.AssertExitAsync(0, command, "/data", "docker://host", "--json");
        Assert.Equal("Read in two passes.", _run.Events[^1].GetProperty("notes")[0].GetString());
    }
}
