using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using TransferEngine.TestKit.Databases;
using TransferEngine.TestKit.Memory;

namespace TransferEngine.Perf.Journal;

/// <summary>The same job each day, with nothing new after the first: the engine itself between doubles in memory, its state where it always is.</summary>
internal sealed class DailyRuns(string folder, int images)
{
    private readonly MemorySource _source = Fill(images);
    private readonly MemoryTarget _target = new();

    /// <summary>A process each, as far as the state can tell: everything is opened and closed.</summary>
    public async Task RunAsync()
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([KeyValuePair.Create<string, string?>("transfer-engine:journal:state-directory", folder)]).Build();
        await using var services = new ServiceCollection().AddTransferEngine(configuration).BuildServiceProvider();
        var report = await services.GetRequiredService<ITransferEngine>()
            .MigrateAsync(new MigrationJob(_source, _target) { Name = "daily" }, NullObserver.Instance, CancellationToken.None);
        if (!report.IsComplete)
            throw new InvalidOperationException($"A run was not complete: {report}");
        // Else the connections stay open, and the log beside the database, until this process ends.
        SqliteConnection.ClearAllPools();
    }

    /// <summary>All files of the state, and the facts in it.</summary>
    public (long Bytes, long Facts) State() => (
        Directory.EnumerateFiles(folder).Sum(file => new FileInfo(file).Length),
        long.Parse(SqliteQuery.Run(Path.Combine(folder, "jobs.db"), "SELECT count(*) FROM journal"), CultureInfo.InvariantCulture));

    private static MemorySource Fill(int images)
    {
        var source = new MemorySource();
        for (var i = 0; i < images; i++)
            source.AddImage($"team{i / 10 % 7}/app{i / 10}", $"v{i % 10}", $"base {i % 40}", $"common {i / 10}", $"own {i}");
        return source;
    }
}
