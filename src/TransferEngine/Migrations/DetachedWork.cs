using System.Diagnostics;
using TransferEngine.Images;

namespace TransferEngine.Migrations;

/// <summary>
/// Runs the long work of actors outside of them: each piece is a task that its actor pipes to itself and cancels when it
/// stops. Cheap requests share a bounded lane; reads and uploads have bounds of their own (windows, the pusher crew).
/// The run ends only after all pieces have ended, so that nobody touches a source or target that was disposed.
/// </summary>
internal sealed class DetachedWork(int requests) : IDisposable
{
    private readonly SemaphoreSlim _lane = new(requests);
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // One for the run itself, taken back by DrainAsync.
    private int _pending = 1;
    private int _asked;

    /// <summary>Requests that have a place in the lane.</summary>
    public int ActiveRequests => requests - _lane.CurrentCount;

    /// <summary>Requests that wait for one.</summary>
    public int WaitingRequests => Math.Max(0, Volatile.Read(ref _asked) - ActiveRequests);

    /// <summary>A request without content to the target: waits for a place in the lane that uploads never take.</summary>
    public Task<T> RequestAsync<T>(Func<CancellationToken, Task<T>> request, CancellationToken cancellationToken) =>
        RunAsync(async token =>
        {
            Interlocked.Increment(ref _asked);
            try
            {
                await _lane.WaitAsync(token);
                try
                {
                    return await request(token);
                }
                finally
                {
                    _lane.Release();
                }
            }
            finally
            {
                Interlocked.Decrement(ref _asked);
            }
        }, cancellationToken);

    /// <summary>Work that is bounded by whoever starts it. Never runs on the caller's thread, which is an actor's.</summary>
    /// <param name="work">What to do.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <param name="activity">What it is part of in a trace; null for what is current for the caller, which on an actor's thread is nothing.</param>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken, Activity? activity = null)
    {
        Interlocked.Increment(ref _pending);
        try
        {
            return await Task.Run(() =>
            {
                if (activity is not null)
                    Activity.Current = activity;
                return work(cancellationToken);
            }, cancellationToken);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            // Nobody stopped the run: an endpoint's own limit passed that it did not word itself.
            throw new TransferException(new TransferError(ErrorCode.RequestTimedOut, "An endpoint did not answer in time.") { IsTransient = true }, e);
        }
        finally
        {
            Release();
        }
    }

    public Task DrainAsync()
    {
        Release();
        return _drained.Task;
    }

    public void Dispose() => _lane.Dispose();

    private void Release()
    {
        if (Interlocked.Decrement(ref _pending) == 0)
            _drained.TrySetResult();
    }
}
