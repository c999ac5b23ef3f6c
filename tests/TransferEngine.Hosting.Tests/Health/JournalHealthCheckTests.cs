using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using TransferEngine.Persistence;
using TransferEngine.TestKit;
using Xunit;

namespace TransferEngine.Hosting.Tests.Health;

public sealed class JournalHealthCheckTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_folder_that_can_be_written_is_healthy_and_no_job_is_in_it()
    {
        var state = _folder.Of("state");
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(state)).Status);
        Assert.Empty(await new SqlJobStore(new JobStoreOptions { StateDirectory = state }, TimeProvider.System).ListAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_folder_that_can_not_be_made_is_told_with_its_path()
    {
        await File.WriteAllTextAsync(_folder.Of("file"), "in the way");
        var report = await CheckAsync(_folder.Of("file"));
        Assert.Equal(HealthStatus.Unhealthy, report.Status);
        Assert.StartsWith("JOURNAL_FAILED: ", report.Description, StringComparison.Ordinal);
        Assert.Contains(_folder.Of("file"), report.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_host_decides_what_a_failure_is()
    {
        await File.WriteAllTextAsync(_folder.Of("file"), "in the way");
        Assert.Equal(HealthStatus.Degraded, (await CheckAsync(_folder.Of("file"), HealthStatus.Degraded)).Status);
    }

    private static async Task<HealthReportEntry> CheckAsync(string state, HealthStatus? failureStatus = null)
    {
        var services = new ServiceCollection().AddLogging().AddTransferEngine();
        services.Configure<JobStoreOptions>(options => options.StateDirectory = state);
        services.AddHealthChecks().AddTransferEngineJournal(failureStatus: failureStatus);
        await using var provider = services.BuildServiceProvider();
        var report = await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        return Assert.Single(report.Entries).Value;
    }
}
