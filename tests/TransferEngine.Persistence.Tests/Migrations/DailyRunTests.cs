using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using TransferEngine.TestKit.Databases;
using TransferEngine.TestKit.Memory;

namespace TransferEngine.Persistence.Tests.Migrations;

/// <summary>What a job leaves behind that is run each day.</summary>
public sealed class DailyRunTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly MemorySource _source = new();
    private readonly MemoryTarget _target = new();

    public DailyRunTests()
    {
        for (var i = 0; i < 40; i++)
            _source.AddImage($"team/app{i % 8}", $"v{i}", "shared", $"own {i}");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_run_that_found_nothing_new_adds_its_beginning_and_its_end_and_no_more()
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([KeyValuePair.Create<string, string?>("transfer-engine:journal:state-directory", _folder.Options.StateDirectory)]).Build();
        // A long list of images is part of the definition.
        var images = Enumerable.Range(0, 500).Select(i => $"team/app{i % 8}:v{i}").ToList();
        await using var services = new ServiceCollection().AddTransferEngine(configuration).BuildServiceProvider();
        for (var day = 1; day <= 2; day++)
            await RunAsync(services, images);
        var (facts, bytes) = Journal();
        const int days = 5;
        for (var day = 1; day <= days; day++)
            await RunAsync(services, images);

        var (later, laterBytes) = Journal();
        Assert.Equal(facts + (2 * days), later);
        Assert.InRange(laterBytes - bytes, 0, days * 300);
        var status = await services.GetRequiredService<IJobStore>().ReadAsync("daily", CancellationToken.None);
        Assert.Equal((true, 8, 40, 0), (status.IsFinished, status.RepositoriesCompleted, status.TagsSet, status.ImagesFailed));
    }

    private async Task RunAsync(ServiceProvider services, IReadOnlyList<string> images)
    {
        var job = new MigrationJob(_source, _target) { Name = "daily" };
        job = job with { Definition = job.Definition with { Select = job.Definition.Select with { Images = images } } };
        Assert.True((await services.GetRequiredService<ITransferEngine>().MigrateAsync(job, NullObserver.Instance, CancellationToken.None)).IsComplete);
    }

    private (long Facts, long Bytes) Journal()
    {
        var row = SqliteQuery.Run(_folder.StateFile(SqliteState.FileName), "SELECT count(*), sum(length(message)) FROM journal").Split('|');
        return (long.Parse(row[0], CultureInfo.InvariantCulture), long.Parse(row[1], CultureInfo.InvariantCulture));
    }
}
