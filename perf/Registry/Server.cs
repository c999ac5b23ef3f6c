using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace TransferEngine.Perf.Registry;

/// <summary>A registry as a process over an empty folder, until it is disposed.</summary>
internal sealed class Server : IDisposable
{
    private readonly Process _process;
    private readonly string _folder;

    private Server(Process process, string folder, int port) => (_process, _folder, Address) = (process, folder, new Uri($"http://127.0.0.1:{port}/"));

    public Uri Address { get; }

    /// <summary>CPU seconds that the process has used so far.</summary>
    public double CpuSeconds
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime.TotalSeconds;
        }
    }

    /// <summary>The largest resident set so far, in bytes.</summary>
    public long PeakBytes => long.Parse(File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;

    public static async Task<Server> StartOursAsync(string transfer)
    {
        var (folder, port) = (NewFolder(), FreePort());
        return await ReadyAsync(new Server(Start(transfer, "serve", folder, "--writable", "--listen", $"127.0.0.1:{port}"), folder, port));
    }

    public static async Task<Server> StartDebiansAsync()
    {
        var (folder, port) = (NewFolder(), FreePort());
        var configuration = Path.Join(folder, "config.yml");
        await File.WriteAllTextAsync(configuration, $$$"""
            version: 0.1
            log: {level: error, accesslog: {disabled: true}}
            storage: {filesystem: {rootdirectory: {{{folder}}}, maxthreads: 100}, maintenance: {uploadpurging: {enabled: false} } }
            http: {addr: "127.0.0.1:{{{port}}}", secret: loopback}
            """);
        return await ReadyAsync(new Server(Start("docker-registry", "serve", configuration), folder, port));
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    // On a disk, its fsync would decide.
    private static string NewFolder() => Directory.CreateDirectory($"/dev/shm/perf-registry-{Guid.NewGuid():N}").FullName;

    private static Process Start(string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    private static async Task<Server> ReadyAsync(Server server)
    {
        using var client = new HttpClient { BaseAddress = server.Address };
        for (var attempt = 0; attempt < 500; attempt++)
        {
            try
            {
                using var answer = await client.GetAsync("/v2/");
                return server;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
        }
        throw new InvalidOperationException("The registry does not answer.");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
