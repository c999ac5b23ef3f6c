using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace TransferEngine.TestKit.Registries;

/// <summary>
/// Debian's <c>docker-registry</c> (CNCF Distribution 2.8) on a free port of this machine, over a storage folder. What it is
/// asked stands in <see cref="Requests"/>.
/// </summary>
public sealed class DockerRegistry : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly List<string> _log = [];
    private readonly Task _reading;
    private readonly string _configuration;

    private DockerRegistry(Process process, int port, string configuration)
    {
        _process = process;
        Port = port;
        _configuration = configuration;
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
    }

    public int Port { get; }

    public string Host => $"127.0.0.1:{Port}";

    /// <summary>All requests so far. Complete for those that were answered before the registry was stopped.</summary>
    public IReadOnlyList<LoggedRequest> Requests
    {
        get
        {
            lock (_log)
                return AccessLog.Parse(_log);
        }
    }

    /// <param name="root">The storage's <c>rootdirectory</c>.</param>
    /// <param name="http">Further lines of YAML for the <c>http</c> section, such as <c>tls</c>, indented by two.</param>
    /// <param name="auth">An <c>auth</c> section in YAML, or nothing.</param>
    /// <exception cref="InvalidOperationException">It is not installed, or does not start.</exception>
    public static async Task<DockerRegistry> StartAsync(string root, string http = "", string auth = "")
    {
        for (var attempt = 0; ; attempt++)
        {
            var port = FreePort();
            var configuration = Path.GetTempFileName();
            await File.WriteAllTextAsync(configuration, Configuration(root, port, http, auth));
            var registry = new DockerRegistry(Start(configuration), port, configuration);
            if (await registry.AnswersAsync())
                return registry;
            await registry.DisposeAsync();
            // Another process may have taken the port between finding and using it.
            if (attempt == 3)
                throw new InvalidOperationException($"docker-registry does not start:\n{string.Join('\n', registry._log.TakeLast(5))}");
        }
    }

    /// <summary>Ends the process; its log is complete then.</summary>
    public async Task StopAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        await _reading;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process.Dispose();
        File.Delete(_configuration);
    }

    private static string Configuration(string root, int port, string http, string auth) => $"""
        version: 0.1
        log:
          level: error
          accesslog:
            disabled: false
        storage:
          delete:
            enabled: true
          cache:
            blobdescriptor: inmemory
          filesystem:
            rootdirectory: {root}
        {auth}
        http:
          addr: 127.0.0.1:{port}
        {http}
        """;

    private static Process Start(string configuration)
    {
        var start = new ProcessStartInfo("docker-registry", ["serve", configuration]) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new InvalidOperationException("docker-registry is not installed: run tests/run, or apt-get install docker-registry.", e);
        }
    }

    private async Task<bool> AnswersAsync()
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < StartLimit && !_process.HasExited)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, Port);
                return true;
            }
            catch (SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
        }
        return false;
    }

    private async Task ReadAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_log)
                _log.Add(line);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
