using System.IO.Pipelines;
using TransferEngine.Images;

namespace TransferEngine.Storage.Tars;

/// <summary>
/// A compressed tar's contents. Such an archive can only be read from its beginning, so what is asked for is served in the order in which
/// it comes by, and what lies behind waits for the next pass. Small contents are handed over whole; of a large one the reader gets a pipe,
/// and the pass goes on when that was read to its end or disposed. Contents that were announced are kept in memory when they come by,
/// within a budget: without that, each pass would serve little more than there are readers.
/// </summary>
internal sealed class TarPasses : TarContents
{
    // What is handed over whole; times the number of readers, it is held in memory.
    private const int SmallBytes = 1024 * 1024;
    private const int PieceBytes = 128 * 1024;
    private const int PipeBytes = 1024 * 1024;

    private readonly object _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly PassPlan _plan;
    private readonly string _path;
    private readonly Func<Stream> _open;
    private readonly byte[] _skipped = new byte[PieceBytes];
    private Task? _work;
    private int _passes = 1;

    /// <param name="path">The archive, for messages.</param>
    /// <param name="open">Opens it uncompressed, from the beginning.</param>
    /// <param name="budget">Bytes of announced contents that are kept at once.</param>
    public TarPasses(string path, Func<Stream> open, long budget) => (_path, _open, _plan) = (path, open, new PassPlan(budget));

    public override bool ReadsInPasses => true;

    public override IReadOnlyList<string> Notes =>
        [$"The archive {_path} is compressed, so it can only be read from its beginning: it took {_passes} {(_passes == 1 ? "pass" : "passes")}. Unpack the compression first (gunzip, zstd -d) to have it read in place."];

    public override void Expect(Stretch stretch)
    {
        lock (_gate)
            _plan.Expect(stretch);
    }

    public override async ValueTask<Stream> OpenAsync(Stretch stretch, long skip, CancellationToken cancellationToken)
    {
        if (skip >= stretch.Length)
            return Stream.Null;
        var request = new PassRequest(stretch, skip);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, this);
            if (_plan.Take(stretch) is { } content)
                return InMemory(content, skip);
            _plan.Await(request);
            _work ??= Task.Factory.StartNew(RunPasses, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            Monitor.Pulse(_gate);
        }
        await using var cancellation = cancellationToken.Register(() => Cancel(request, cancellationToken));
        return await request.Opened.Task;
    }

    /// <summary>Ends the pass; who still waits is told that the source is closed.</summary>
    public override void Dispose()
    {
        _stop.Cancel();
        lock (_gate)
            Monitor.PulseAll(_gate);
        _work?.Wait();
        _stop.Dispose();
    }

    private void Cancel(PassRequest request, CancellationToken cancellationToken)
    {
        lock (_gate)
            _plan.Forget(request);
        request.Opened.TrySetCanceled(cancellationToken);
    }

    private void RunPasses()
    {
        while (WaitForWork())
        {
            var position = 0L;
            try
            {
                using var archive = _open();
                RunPass(archive, ref position);
            }
            catch (OperationCanceledException)
            {
                // Closed: the loop sees it.
            }
            catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException or TransferException)
            {
                GiveUpFrom(position, e);
            }
        }
        List<PassRequest> left;
        lock (_gate)
            left = _plan.GiveUpFrom(0);
        foreach (var request in left)
            request.Opened.TrySetException(new ObjectDisposedException(nameof(TarPasses)));
    }

    /// <summary>False when the source is closed.</summary>
    private bool WaitForWork()
    {
        lock (_gate)
        {
            while (!_plan.IsAwaited && !_stop.IsCancellationRequested)
                Monitor.Wait(_gate);
            return !_stop.IsCancellationRequested;
        }
    }

    private void RunPass(Stream archive, ref long position)
    {
        lock (_gate)
            _plan.BeginPass(++_passes);
        while (NextFrom(position) is { } stretch)
        {
            Read(archive, stretch.Offset - position, ref position);
            List<PassRequest> requests;
            lock (_gate)
                requests = _plan.Serve(stretch);
            if (stretch.Length <= SmallBytes || requests.Count == 0)
                HandOver(archive, stretch, requests, ref position);
            else
                Pump(archive, stretch, requests, ref position);
        }
    }

    /// <summary>
    /// The next place to stop at. Where there is none ahead and nobody waits for what lies behind, the archive stays open at this place
    /// until somebody does.
    /// </summary>
    private Stretch? NextFrom(long position)
    {
        lock (_gate)
            while (true)
            {
                _stop.Token.ThrowIfCancellationRequested();
                if (_plan.NextFrom(position) is { } next)
                    return next;
                if (_plan.IsAwaited)
                    return null;
                Monitor.Wait(_gate);
            }
    }

    private void HandOver(Stream archive, Stretch stretch, List<PassRequest> requests, ref long position)
    {
        var content = new byte[stretch.Length];
        try
        {
            for (var done = 0; done < content.Length;)
            {
                var read = ReadSome(archive, content.AsSpan(done));
                (done, position) = (done + read, position + read);
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            Fail(requests, e);
            throw;
        }
        lock (_gate)
            _plan.Keep(stretch, content, _passes);
        foreach (var request in requests)
            request.Opened.TrySetResult(InMemory(content, request.Skip));
    }

    private void Pump(Stream archive, Stretch stretch, List<PassRequest> requests, ref long position)
    {
        lock (_gate)
            foreach (var later in requests.Skip(1))
                _plan.Await(later);
        var end = stretch.Offset + stretch.Length;
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: PipeBytes, resumeWriterThreshold: PipeBytes / 2, minimumSegmentSize: PieceBytes, useSynchronizationContext: false));
        try
        {
            Read(archive, requests[0].Skip, ref position);
            if (!requests[0].Opened.TrySetResult(pipe.Reader.AsStream()))
                return;
            while (position < end)
            {
                var memory = pipe.Writer.GetMemory(PieceBytes);
                var read = ReadSome(archive, memory.Span[..(int)Math.Min(memory.Length, end - position)]);
                position += read;
                pipe.Writer.Advance(read);
                // A full pipe stops the pass here, until the reader takes something or goes away.
                if (pipe.Writer.FlushAsync(_stop.Token).AsTask().GetAwaiter().GetResult().IsCompleted)
                    return;
            }
            pipe.Writer.Complete();
        }
        catch (Exception e)
        {
            pipe.Writer.Complete(e is OperationCanceledException ? new ObjectDisposedException(nameof(TarPasses)) : Unreadable(stretch, e));
            Fail(requests[..1], e);
            throw;
        }
    }

    private void Read(Stream archive, long count, ref long position)
    {
        for (var end = position + count; position < end;)
        {
            _stop.Token.ThrowIfCancellationRequested();
            position += ReadSome(archive, _skipped.AsSpan(0, (int)Math.Min(_skipped.Length, end - position)));
        }
    }

    private static int ReadSome(Stream archive, Span<byte> buffer) =>
        archive.Read(buffer) is > 0 and var read ? read : throw new EndOfStreamException("The archive ends before.");

    private void GiveUpFrom(long position, Exception e)
    {
        List<PassRequest> left;
        lock (_gate)
            left = _plan.GiveUpFrom(position);
        Fail(left, e);
    }

    private static void Fail(List<PassRequest> requests, Exception e)
    {
        foreach (var request in requests)
            request.Opened.TrySetException(Unreadable(request.Stretch, e));
    }

    private static TransferException Unreadable(Stretch stretch, Exception e) => new((e as TransferException)?.Error ?? new TransferError(ErrorCode.SourceUnreadable,
        $"The archive can't be read as far as this: {Printable.Of(e.Message)}") { Scope = ErrorScope.Blob, Path = stretch.Shown }, e);

    private static MemoryStream InMemory(byte[] content, long skip) => new(content, writable: false) { Position = skip };
}
