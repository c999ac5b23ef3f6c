using System.Diagnostics;
using System.Globalization;

namespace TransferEngine.Persistence.Tests;

/// <summary>This assembly started as a process of its own, and what it does there.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;

    private ChildProcess(Process process) => _process = process;

    /// <summary>With the state where the test has it.</summary>
    public static ChildProcess Start(string what, JobStoreOptions options, string job) => Start(what, options.StateDirectory, options.Database, job);

    public static ChildProcess Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(ChildProcess).Assembly.Location, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return new ChildProcess(Process.Start(start)!);
    }

    public async Task<string> ReadLineAsync() =>
        await _process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(3))
        ?? throw new InvalidOperationException("The process has ended.");

    /// <summary>SIGKILL; returns what it had still printed.</summary>
    public async Task<string> KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        return await _process.StandardOutput.ReadToEndAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    public static async Task<int> Main(string[] args)
    {
        switch (args)
        {
            case ["hold", var folder, var database, var job]:
                await HoldAsync(new JobStoreOptions { StateDirectory = folder, Database = database }, job);
                break;
            case ["record", var folder, var database, var job]:
                await RecordForEverAsync(new JobStoreOptions { StateDirectory = folder, Database = database }, job);
                break;
            case ["keep", var folder, var from, var count]:
                Hashes.SqliteHashedFilesTests.Keep(folder, int.Parse(from, CultureInfo.InvariantCulture), int.Parse(count, CultureInfo.InvariantCulture));
                break;
        }
        return 0;
    }

    private static async Task HoldAsync(JobStoreOptions options, string job)
    {
        await using var lease = await new SqlJobStore(options, TimeProvider.System).OpenAsync(job, restart: false, CancellationToken.None);
        Console.Out.WriteLine("held");
        await Console.In.ReadLineAsync();
    }

    /// <summary>Prints each number when the event of that number is acknowledged.</summary>
    private static async Task RecordForEverAsync(JobStoreOptions options, string job)
    {
        await using var lease = await new SqlJobStore(options, TimeProvider.System).OpenAsync(job, restart: false, CancellationToken.None);
        await using var system = new SqlActorSystem(options);
        var recorder = await Recorder.StartAsync(system, $"{job}/blobs");
        for (var number = 1L; ; number++)
        {
            await recorder.RecordAsync(new BlobUploaded("sha256:1", "r", number));
            Console.Out.WriteLine(number.ToString(CultureInfo.InvariantCulture));
        }
    }
}
