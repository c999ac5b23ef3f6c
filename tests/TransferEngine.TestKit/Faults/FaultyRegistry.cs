using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TransferEngine.Service.Registry;

namespace TransferEngine.TestKit.Faults;

/// <summary>
/// Our own registry over a folder, with faults in front by rule and by seed, and a record of every request. The first rule that
/// hits a request decides; without one it is answered as it should be.
/// </summary>
public sealed class FaultyRegistry : IAsyncDisposable
{
    private readonly ServedTree _tree;
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<FaultRule> _rules = new();
    private readonly ConcurrentQueue<RecordedRequest> _requests = new();
    private readonly Random _random;
    private readonly Lock _turn = new();
    private int _count;

    private FaultyRegistry(ServedTree tree, int seed)
    {
        _tree = tree;
        _random = new Random(seed);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
        _app = builder.Build();
        _app.Use(MeetFaultAsync);
        _app.Run(new RegistryApi(tree.View, tree.Writer, NullLogger<RegistryApi>.Instance).AnswerAsync);
    }

    public Uri Address => new(_app.Urls.Single());

    /// <summary><c>127.0.0.1:port</c>.</summary>
    public string Host => Address.Authority;

    /// <summary>In the order of arrival, those that met a fault among them.</summary>
    public IReadOnlyList<RecordedRequest> Requests => [.. _requests];

    /// <param name="root">The folder of its storage; made if need be.</param>
    /// <param name="seed">Decides whatever has a <see cref="FaultRule.Probability"/>.</param>
    public static async Task<FaultyRegistry> StartAsync(string root, int seed = 1)
    {
        var registry = new FaultyRegistry(ServedTree.Open(root, isWritable: true), seed);
        await registry._app.StartAsync();
        return registry;
    }

    public void Add(FaultRule rule) => _rules.Enqueue(rule);

    public void Add(Func<RecordedRequest, bool> when, Fault fault) => Add(new FaultRule(when, fault));

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _tree.Dispose();
    }

    private async Task MeetFaultAsync(HttpContext context, RequestDelegate next)
    {
        var request = Record(context);
        var rule = _rules.FirstOrDefault(rule => rule.Hits(request, Chance));
        try
        {
            await (rule is null ? next(context) : rule.Fault(context, next));
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested && e is IOException or OperationCanceledException)
        {
            // Cut by a fault, or by a client that gave up.
        }
        finally
        {
            request.Status = context.Response.StatusCode;
        }
    }

    private RecordedRequest Record(HttpContext context)
    {
        var from = context.Request;
        var request = new RecordedRequest(Interlocked.Increment(ref _count), from.Method, from.Path.Value!, from.QueryString.Value!, from.Headers.Authorization.ToString().Split(' ')[0]);
        _requests.Enqueue(request);
        from.Body = new CountingStream(from.Body, bytes => request.BytesReceived += bytes);
        context.Response.Body = new CountingStream(context.Response.Body, bytes => request.BytesSent += bytes);
        return request;
    }

    private double Chance()
    {
        lock (_turn)
            return _random.NextDouble();
    }
}
