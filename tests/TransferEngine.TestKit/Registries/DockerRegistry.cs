using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace TransferEngine.TestKit.Registries;

/// <summary>
/// Debian's <c>docker-registry</c> (CNCF Distribution 2.8) on a loopback port, over a folder of the caller. Its logs go
/// straight to files, so that it costs the test process nothing.
/// </summary>
public sealed class DockerRegistry : IAsyncDisposable
{
    private const int StartAttempts = 5;

    // Keeps the fixture's own polling out of the requests that tests count.
    private const string OwnAgent = "readiness-check";

    private readonly Process _process;
    private readonly string _work;

    private DockerRegistry(Process process, string work, string root, int port, bool tls)
    {
        _process = process;
        _work = work;
        Root = root;
        Port = port;
        Url = new Uri($"{(tls ? "https" : "http")}://127.0.0.1:{port}/");
    }

    /// <summary>The folder that holds <c>docker/registry/v2</c>.</summary>
    public string Root { get; }

    public int Port { get; }

    /// <summary><c>127.0.0.1:port</c>.</summary>
    public string Host => $"127.0.0.1:{Port}";

    public Uri Url { get; }

    public int ProcessId => _process.Id;

    /// <summary>The requests answered so far. A request is logged just after its answer: see <see cref="StopAsync"/>.</summary>
    public IReadOnlyList<RegistryRequest> Requests
    {
        get
        {
            var requests = new List<RegistryRequest>();
            foreach (var line in ReadShared(AccessLog).Split('\n'))
                if (!line.Contains(OwnAgent, StringComparison.Ordinal) && RegistryRequest.TryParse(line, out var request))
                    requests.Add(request);
            return requests;
        }
    }

    /// <summary>What the registry wrote to stderr.</summary>
    public string Log => ReadShared(Path.Combine(_work, "log"));

    private string AccessLog => Path.Combine(_work, "access");

    /// <summary>Starts the registry and waits until it answers.</summary>
    /// <exception cref="InvalidOperationException">It is not installed, or does not start.</exception>
    public static async Task<DockerRegistry> StartAsync(string root, DockerRegistryOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new DockerRegistryOptions();
        var binary = FindBinary();
        Directory.CreateDirectory(root);
        for (var attempt = 1; ; attempt++)
        {
            var registry = Launch(binary, Path.GetFullPath(root), options);
            if (await registry.AnswersAsync(options, cancellationToken))
                return registry;
            var log = registry.Log;
            await registry.DisposeAsync();
            // Somebody else may have taken the port between our looking and its binding.
            if (attempt == StartAttempts || !log.Contains("address already in use", StringComparison.Ordinal))
                throw new InvalidOperationException($"docker-registry did not start on {registry.Host}:\n{log}");
        }
    }

    /// <summary>Stops the process, after which <see cref="Requests"/> is complete. The folder stays.</summary>
    public async Task StopAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process.Dispose();
        if (Directory.Exists(_work))
            Directory.Delete(_work, recursive: true);
    }

    private static string FindBinary() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, "docker-registry")).FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException("docker-registry is not installed, and this test needs it: apt-get install docker-registry");

    private static DockerRegistry Launch(string binary, string root, DockerRegistryOptions options)
    {
        var port = options.Port == 0 ? FreePort() : options.Port;
        var work = Directory.CreateTempSubdirectory("docker-registry-").FullName;
        var configuration = Path.Combine(work, "config.yml");
        File.WriteAllText(configuration, Configuration(root, port, options));
        var start = new ProcessStartInfo("/bin/sh")
        {
            ArgumentList = { "-c", "exec \"$1\" serve \"$2\" >\"$3\" 2>\"$4\"", "sh", binary, configuration, Path.Combine(work, "access"), Path.Combine(work, "log") },
            UseShellExecute = false,
        };
        return new DockerRegistry(Process.Start(start)!, work, root, port, options.CertificateFile is not null);
    }

    private static string Configuration(string root, int port, DockerRegistryOptions options)
    {
        var text = $$$"""
            version: 0.1
            log: {level: warn}
            storage:
              filesystem: {rootdirectory: {{{root}}}, maxthreads: 100}
              delete: {enabled: {{{(options.DeleteEnabled ? "true" : "false")}}}}
              maintenance: {uploadpurging: {enabled: false}}
            http:
              addr: 127.0.0.1:{{{port}}}
              secret: loopback

            """;
        if (options.CertificateFile is not null)
            text += $"  tls: {{certificate: {options.CertificateFile}, key: {options.KeyFile}}}\n";
        if (options.AllowsForeignLayers)
            text += "validation: {manifests: {urls: {allow: ['^https?://']}}}\n";
        if (options.HtpasswdFile is not null)
            text += $"auth:\n  htpasswd: {{realm: registry, path: {options.HtpasswdFile}}}\n";
        if (options.TokenServer is { } tokens)
            text += $"auth:\n  token: {{realm: '{tokens.Realm}', service: {TokenServer.Service}, issuer: {TokenServer.Issuer}, rootcertbundle: {options.TokenCertificateFile}}}\n";
        return text;
    }

    private async Task<bool> AnswersAsync(DockerRegistryOptions options, CancellationToken cancellationToken)
    {
        // Only the test's own registry is asked here: whether clients trust its certificate is for the tests to find out.
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator };
        using var client = new HttpClient(handler) { DefaultRequestHeaders = { { "User-Agent", OwnAgent } } };
        var started = Stopwatch.GetTimestamp();
        while (!_process.HasExited && Stopwatch.GetElapsedTime(started) < options.StartTimeout)
        {
            try
            {
                using var answer = await client.GetAsync(new Uri(Url, "v2/"), cancellationToken);
                // Another process may listen on the port that ours failed to bind.
                return !Log.Contains("address already in use", StringComparison.Ordinal);
            }
            catch (HttpRequestException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
            }
        }
        return false;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string ReadShared(string path)
    {
        if (!File.Exists(path))
            return "";
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd();
    }
}
