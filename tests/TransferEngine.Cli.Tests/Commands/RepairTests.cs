using TransferEngine.Cli.Tests.Fakes;
using TransferEngine.Images;
using Xunit;

namespace TransferEngine.Cli.Tests.Commands;

public sealed class RepairTests
{
    private static readonly ImageResult Good = new("good", "1", ImageOutcome.AlreadyThere, FakeEngine.SomeDigest, null);
    private static readonly ImageResult Bad = new("bad", "1", ImageOutcome.Failed, FakeEngine.SomeDigest, new TransferError(ErrorCode.BlobMissing, "A blob is missing."));
    private static readonly ImageResult Worse = Bad with { Name = "2" };

    private readonly CommandRun _run = new();

    [Fact]
    public async Task A_verification_can_go_as_deep_as_the_content()
    {
        await _run.AssertExitAsync(0, "verify", "/data", "docker://host");
        Assert.False(_run.Engine.Job!.VerifyContent);
        await _run.AssertExitAsync(0, "verify", "/data", "docker://host", "--deep");
        Assert.True(_run.Engine.Job!.VerifyContent);
    }

    [Fact]
    public async Task What_differs_is_mended_and_looked_at_again()
    {
        _run.Engine.Verifications.Enqueue([Good, Bad, Worse]);
        _run.Engine.Verifications.Enqueue([Good]);
        _run.Endpoints.Listing.Add(new SourceRepository("good", RepositoryName.Parse("good")), []);
        _run.Endpoints.Listing.Add(new SourceRepository("bad", RepositoryName.Parse("bad")), []);
        await _run.AssertExitAsync(0, "verify", "/data", "docker://host", "--repair", "--deep");

        Assert.Equal([false, true, true], _run.Engine.Jobs.Select(job => job.Repair));
        Assert.All(_run.Engine.Jobs, job => Assert.True(job.VerifyContent));
        Assert.Single(_run.Engine.Jobs.Select(job => job.Name).Distinct());
        var mended = await _run.Engine.Jobs[1].Source.ListRepositoriesAsync(CancellationToken.None).Select(repository => repository.Name).ToListAsync();
        Assert.Equal(["bad"], mended);
        Assert.Contains("Differs: 1 image all there, 2 missing or different", _run.Output, StringComparison.Ordinal);
        Assert.Contains("Mended: 2 of 2 images, and looked at again", _run.OutputLines);
    }

    [Fact]
    public async Task What_could_not_be_mended_is_named_and_the_exit_code_is_1()
    {
        _run.Engine.Verifications.Enqueue([Good, Bad, Worse]);
        _run.Engine.Verifications.Enqueue([Worse]);
        await _run.AssertExitAsync(1, "verify", "/data", "docker://host", "--repair", "--json");
        Assert.Contains("still failed bad:2  BLOB_MISSING", _run.Errors, StringComparison.Ordinal);
        var repair = _run.Events[^1].GetProperty("repair");
        Assert.Equal((1, 1), (repair.GetProperty("mended").GetInt32(), repair.GetProperty("left").GetArrayLength()));
        Assert.Equal((false, 1), (_run.Events[^1].GetProperty("isComplete").GetBoolean(), _run.Events[^1].GetProperty("exitCode").GetInt32()));
        // Each image is told once, as the first verification found it.
        Assert.Equal(3, _run.Events.Count(one => one.GetProperty("event").GetString() == "image"));
    }

    [Fact]
    public async Task Where_nothing_differs_nothing_is_run()
    {
        _run.Engine.Verifications.Enqueue([Good]);
        await _run.AssertExitAsync(0, "verify", "/data", "docker://host", "--repair");
        Assert.Single(_run.Engine.Jobs);
        Assert.StartsWith("Verified: 1 image, all there", _run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mending_that_was_given_up_says_why()
    {
        _run.Engine.Verifications.Enqueue([Bad]);
        _run.Engine.Fatal = new TransferError(ErrorCode.HostUnreachable, "It is gone.") { Scope = ErrorScope.Endpoint };
        await _run.AssertExitAsync(3, "verify", "/data", "docker://host", "--repair");
        Assert.Contains("Given up while it was mended", _run.Output, StringComparison.Ordinal);
        Assert.Contains("transfer: HOST_UNREACHABLE: It is gone.", _run.Errors, StringComparison.Ordinal);
        Assert.Equal(2, _run.Engine.Jobs.Count);
    }
}
