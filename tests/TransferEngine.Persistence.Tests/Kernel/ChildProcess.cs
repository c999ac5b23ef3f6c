using System.Diagnostics;
using System.Globalization;

namespace TransferEngine.Persistence.Tests;

/// <summary>This assembly started as a process of its own, and what it does there.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;

    private ChildProcess(Process process) => _process = process;

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
        await _process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(2))
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
            case ["append", var path]:
                await AppendForEver(path);
                break;
            case ["hold", var folder, var job]:
                await Hold(folder, job);
                break;
            case ["keep", var folder, var from, var count]:
                Hashes.SqliteHashedFilesTests.Keep(folder, int.Parse(from, CultureInfo.InvariantCulture), int.Parse(count, CultureInfo.InvariantCulture));
                break;
        }
        return 0;
    }

    /// <summary>Prints each number when its append is acknowledged.</summary>
    private static async Task AppendForEver(string path)
    {
        await using var journal = SqliteEventJournal.Open(path);
        for (var number = 1L; ; number++)
        {
            await journal.AppendAsync([Records.One("p", number)], CancellationToken.None);
            Console.Out.WriteLine(number.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static async Task Hold(string folder, string job)
    {
        var factory = new SqlActorSystemFactory(new JobStoreOptions { StateDirectory = folder });
        await using var system = await factory.OpenAsync(job, restart: false, CancellationToken.None);
        Console.Out.WriteLine("held");
        await Console.In.ReadLineAsync();
    }
}
