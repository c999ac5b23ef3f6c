using System.Text.Json;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Integration.Tests.Migration;

/// <summary>A run that is told to stop in the midst of an upload: it keeps what it has, cleans up, says how to go on, and the same command does.</summary>
public sealed class InterruptedRunTests : IAsyncLifetime
{
    private const int SmallImages = 10;
    private const int Mebibyte = 1024 * 1024;

    private Job _job = null!;

    public async Task InitializeAsync()
    {
        _job = await Job.CreateAsync();
        var tree = new StorageTreeBuilder(_job.SourceRoot);
        for (var i = 0; i < SmallImages; i++)
            tree.AddImage("team/app", $"v{i}", "base", $"layer {i}");
        var large = new string('x', 64 * Mebibyte);
        tree.AddImage("team/model", "large", "base", large);
    }

    public async Task DisposeAsync() => await _job.DisposeAsync();

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task A_signal_keeps_the_report_and_gives_the_upload_back_and_the_same_command_goes_on(string signal)
    {
        var stopped = await StopAsync(signal);
        stopped.AssertExit(130);
        Assert.Contains($"To go on: transfer migrate {_job.SourceRoot} {_job.TargetEndpoint}", stopped.Errors, StringComparison.Ordinal);
        using (var report = JsonDocument.Parse(await File.ReadAllBytesAsync(_job.ReportPath)))
        {
            Assert.Equal((true, 130), (report.RootElement.GetProperty("isInterrupted").GetBoolean(), report.RootElement.GetProperty("exitCode").GetInt32()));
            Assert.Equal(SmallImages, report.RootElement.GetProperty("images").EnumerateArray().Count(image => image.GetProperty("outcome").GetString() == "migrated"));
        }

        var resumed = await _job.MigrateAsync();
        resumed.AssertExit(0);
        Assert.Contains("1 migrated, 10 already there", resumed.Output, StringComparison.Ordinal);
        resumed.Verification!.AssertExit(0);
        // docker-registry refuses it where the upload has got on since its last answer, but others do not.
        await _job.Target.StopAsync();
        Assert.Contains(_job.Target.Requests, request => request.IsUploadCancel);
    }

    /// <summary>
    /// The large layer takes the run's own limit two minutes; the signal comes when all else has arrived and some of it is on its way, so
    /// that no other request is in flight.
    /// </summary>
    private async Task<ProgramResult> StopAsync(string signal)
    {
        var isOnItsWay = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var program = TransferProgram.Start(_job.Arguments("--json", "--limit-rate", "512KiB"), line =>
        {
            using var told = JsonDocument.Parse(line);
            if (told.RootElement.GetProperty("event").GetString() == "progress" && told.RootElement.GetProperty("bytesSent").GetInt64() > Mebibyte
                && told.RootElement.GetProperty("totals").GetProperty("migrated").GetInt64() == SmallImages)
                isOnItsWay.TrySetResult();
        });
        var ended = program.EndAsync();
        if (await Task.WhenAny(isOnItsWay.Task, ended) == ended)
            Assert.Fail($"The run ended before it could be stopped: {await ended}");
        await program.SignalAsync(signal);
        return await ended;
    }
}
