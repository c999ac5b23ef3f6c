namespace TransferEngine.TestKit.Line;

/// <summary>The line breaks here, as the schedule has it.</summary>
internal sealed class LineCutException(bool byReset) : IOException("cut, as the test wants it")
{
    public bool ByReset => byReset;
}

/// <summary>Passes bytes of one request or answer on, until its fault has it otherwise.</summary>
/// <param name="to">Where they go.</param>
/// <param name="cutAfter">After so many bytes the connection ends; null for never.</param>
/// <param name="byReset">How it ends.</param>
/// <param name="stall">Waited for before the end; null for none.</param>
/// <param name="bytesPerSecond">No faster; null for as fast as it goes.</param>
/// <param name="met">Told when the fault takes place.</param>
internal sealed class LineMeter(HttpEnd to, long? cutAfter, bool byReset, Func<Task>? stall, int? bytesPerSecond, Action met)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    private long? _left = cutAfter;

    public async Task PassAsync(ReadOnlyMemory<byte> piece, CancellationToken stop)
    {
        if (_left is { } left && piece.Length >= left)
        {
            await WriteAsync(piece[..(int)left], stop);
            met();
            if (stall is not null)
                await stall();
            throw new LineCutException(byReset);
        }
        _left -= piece.Length;
        await WriteAsync(piece, stop);
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> piece, CancellationToken stop)
    {
        if (bytesPerSecond is not { } pace)
        {
            await to.WriteAsync(piece, stop);
            return;
        }
        var slice = Math.Max(1, (int)(pace * Tick.TotalSeconds));
        for (; piece.Length > 0; piece = piece[Math.Min(slice, piece.Length)..])
        {
            await to.WriteAsync(piece[..Math.Min(slice, piece.Length)], stop);
            await Task.Delay(Tick, TimeProvider.System, stop);
        }
    }
}
