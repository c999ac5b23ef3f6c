using System.Runtime.CompilerServices;

namespace TransferEngine.Images;

/// <summary>Answers a sequence of questions a few at a time, and yields the answers in the order of the questions.</summary>
public static class OrderedWindow
{
    /// <param name="items">The questions, read no further ahead than <paramref name="width"/>.</param>
    /// <param name="width">How many are asked at once.</param>
    /// <param name="ask">One question. Cancelled when the reader stops early or another one fails.</param>
    /// <param name="cancellationToken">Stops all.</param>
    public static async IAsyncEnumerable<TAnswer> SelectAsync<TItem, TAnswer>(
        IAsyncEnumerable<TItem> items, int width, Func<TItem, CancellationToken, Task<TAnswer>> ask, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ahead = new Queue<Task<TAnswer>>();
        try
        {
            await foreach (var item in items.WithCancellation(cancellationToken))
            {
                ahead.Enqueue(ask(item, stop.Token));
                if (ahead.Count >= width)
                    yield return await ahead.Dequeue();
            }
            while (ahead.Count > 0)
                yield return await ahead.Dequeue();
        }
        finally
        {
            // Who stops early must not leave requests behind.
            await stop.CancelAsync();
            await ((Task)Task.WhenAll(ahead)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
