using System.Collections.Concurrent;
using TransferEngine.TestKit.Line;

namespace TransferEngine.Integration.Tests.Faults;

/// <summary>The line to a registry, with a record of what went over it.</summary>
internal sealed class RecordedLine : IAsyncDisposable
{
    private readonly TcpProxy _proxy;
    private ConcurrentQueue<(ProxiedRequest Request, LineFault? Fault)> _requests = new();

    /// <param name="port">The registry's.</param>
    /// <param name="schedule">What befalls a request; null for nothing.</param>
    public RecordedLine(int port, Func<ProxiedRequest, LineFault?>? schedule)
    {
        _proxy = new TcpProxy(port);
        Record(schedule);
    }

    public string Endpoint => $"docker://{_proxy.Host}";

    /// <summary>From the first question of a run on: what an earlier one left under way may come before that.</summary>
    public IReadOnlyList<ProxiedRequest> Requests => [.. _requests.Select(entry => entry.Request).SkipWhile(request => request.Path != "/v2/")];

    /// <summary>The faults that took place.</summary>
    public IReadOnlyList<(ProxiedRequest Request, LineFault Fault)> Met => _proxy.Met;

    public string Text => string.Join('\n', _requests.Select(entry =>
        $"    {entry.Request.Number} {entry.Request.Method} {entry.Request.Path}?{entry.Request.Query}{(entry.Fault is null ? "" : $"  <- {entry.Fault}")}"));

    /// <summary>From now on nothing befalls anybody, and the record begins anew.</summary>
    public void Heal()
    {
        _proxy.Heal();
        _requests = new();
        Record(null);
    }

    public ValueTask DisposeAsync() => _proxy.DisposeAsync();

    private void Record(Func<ProxiedRequest, LineFault?>? schedule) => _proxy.Schedule = request =>
    {
        var fault = schedule?.Invoke(request);
        _requests.Enqueue((request, fault));
        return fault;
    };
}
