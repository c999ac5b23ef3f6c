using System.Buffers;
using System.IO.Pipelines;
using TransferEngine.Images;
using TransferEngine.Migrations;
using TransferEngine.Progress;

namespace TransferEngine.Pushers;

/// <summary>
/// Brings blobs to the target, one after the other: as a file where both ends keep files (0); else session (1), pump and PUT side by
/// side (2), and after a break of the connection the same session again from where the registry stands, or a new one (3). Belongs to one pusher, whose pipe it reuses.
/// </summary>
internal sealed class BlobUpload
{
    // An unfinished session is a courtesy to clean up, not worth keeping a stopping run.
    private static readonly TimeSpan AbandonLimit = TimeSpan.FromSeconds(2);

    private readonly MigrationContext _context;
    private readonly MigrationMeter.PusherSlot _meter;
    private readonly FileOffer _offer;
    private readonly BlobPump _pump;
    private readonly Pipe _pipe;

    public BlobUpload(MigrationContext context, MigrationMeter.PusherSlot meter)
    {
        _context = context;
        _meter = meter;
        _offer = new FileOffer(context);
        _pump = new BlobPump(context.Rate, meter);
        _pipe = new Pipe(new PipeOptions(MemoryPool<byte>.Shared, minimumSegmentSize: 4096, useSynchronizationContext: false,
            pauseWriterThreshold: context.Options.PipeBytes, resumeWriterThreshold: context.Options.PipeBytes / 2));
        // A pipe can only be reset after both ends are completed: begin as if one blob had gone through.
        _pipe.Reader.Complete();
        _pipe.Writer.Complete();
    }

    public async Task<BlobOutcome> RunAsync(PusherProtocol.PushBlob push, CancellationToken cancellationToken)
    {
        _meter.Begin(push.Place.Target, push.Blob);
        var session = push.Session;
        try
        {
            // Step 0.
            if (session is null && await _offer.TryAsync(push, cancellationToken) is { } outcome)
                return outcome;
            for (var attempt = 0; ; attempt++)
            {
                (var error, session) = await TryAsync(push, session, cancellationToken);
                if (error is null)
                {
                    session = null;
                    return new BlobOutcome(null);
                }
                if (!error.IsTransient || attempt == _context.Options.BlobRetries)
                    return new BlobOutcome(await BlameAsync(push, error, cancellationToken));
                await PauseAsync(attempt, cancellationToken);
                session = session is null ? null : await FindSessionAsync(session, cancellationToken);
            }
        }
        catch (TransferException e)
        {
            return new BlobOutcome(e.Error);
        }
        finally
        {
            _meter.End();
            if (session is not null)
                await AbandonAsync(session);
        }
    }

    private async Task AbandonAsync(UploadSession session)
    {
        using var limit = new CancellationTokenSource(AbandonLimit, _context.Time);
        await _context.Target.CancelUploadAsync(session, limit.Token);
    }

    private async Task<(TransferError? Error, UploadSession? Session)> TryAsync(
        PusherProtocol.PushBlob push, UploadSession? session, CancellationToken cancellationToken)
    {
        try
        {
            // Step 1. The source first: what can't be opened needs no session.
            var offset = session?.Offset ?? 0;
            await using var content = await _context.Source.OpenBlobAsync(push.Place.Source, push.Blob.Digest, offset, cancellationToken);
            session ??= await _context.Target.StartUploadAsync(push.Place.Target, cancellationToken);
            _meter.ResumeAt(offset);
            return (await PumpAsync(push, content, session, cancellationToken), session);
        }
        catch (TransferException e)
        {
            return (e.Error, session);
        }
    }

    // Step 2.
    private async Task<TransferError?> PumpAsync(
        PusherProtocol.PushBlob push, Stream content, UploadSession session, CancellationToken cancellationToken)
    {
        using var hash = _context.Job.VerifySource && session.Offset == 0 ? push.Blob.Digest.CreateHash() : null;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _pipe.Reset();
        var fill = _pump.FillAsync(content, _pipe.Writer, push.Blob, session.Offset, hash, stop.Token);
        TransferError? refused = null;
        try
        {
            await _context.Target.PutBlobAsync(session, push.Blob, _pipe.Reader, cancellationToken);
        }
        catch (TransferException e)
        {
            refused = e.Error;
        }
        finally
        {
            // The target has read all, or will read no more: a pump that still waits for it must not.
            await _pipe.Reader.CompleteAsync();
            await stop.CancelAsync();
        }
        var fault = await EndOfAsync(fill, cancellationToken);
        // The pump's own word goes first: a target that was cut short only saw the consequence.
        return refused is null ? null : fault ?? refused;
    }

    private static async Task<TransferError?> EndOfAsync(Task<TransferError?> fill, CancellationToken cancellationToken)
    {
        try
        {
            return await fill;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    // Step 3. Where the source's bytes must be hashed, they must be read from the start.
    private async Task<UploadSession?> FindSessionAsync(UploadSession session, CancellationToken cancellationToken)
    {
        var found = await _context.Target.FindUploadAsync(session, cancellationToken);
        if (found is null || !_context.Job.VerifySource)
            return found;
        await _context.Target.CancelUploadAsync(found, cancellationToken);
        return null;
    }

    private Task PauseAsync(int attempt, CancellationToken cancellationToken)
    {
        var pause = _context.Options.BlobBackoff * Math.Pow(2, Math.Min(attempt, 10)) * (0.5 + Random.Shared.NextDouble());
        return Task.Delay(pause, _context.Time, cancellationToken);
    }

    /// <summary>When the target finds that bytes and digest differ, the source is read once more to tell whose fault it is.</summary>
    private async Task<TransferError> BlameAsync(PusherProtocol.PushBlob push, TransferError error, CancellationToken cancellationToken)
    {
        if (error.Code == ErrorCode.BlobDigestMismatch && !_context.Job.VerifySource
            && !await ContentHash.MatchesAsync(_context.Source, push.Place.Source, push.Blob, cancellationToken))
            error = BlobPump.WrongDigest(push.Blob);
        return error with { Digest = push.Blob.Digest, Path = error.Path ?? LocateFault(push, error) };
    }

    private string? LocateFault(PusherProtocol.PushBlob push, TransferError error) =>
        error.Code is ErrorCode.BlobDigestMismatch or ErrorCode.BlobSizeMismatch ? _context.Source.Locate(push.Place.Source, push.Blob.Digest) : null;
}
