using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using TransferEngine.Images;
using TransferEngine.Migrations;
using TransferEngine.Progress;
using TransferEngine.Telemetry;

namespace TransferEngine.Pushers;

/// <summary>
/// Brings blobs to the target, one after the other: as a file where both ends keep files (0); else session (1), pump and PUT side by
/// side (2), and after a break of the connection the same session again from where the registry stands, or a new one (3). A session
/// that is not finished is cancelled, however the upload ends (4). Belongs to one pusher, whose pipe it reuses.
/// </summary>
internal sealed class BlobUpload
{
    private readonly JobRuntime _runtime;
    private readonly MigrationMeter.PusherSlot _meter;
    private readonly FileOffer _offer;
    private readonly BlobPump _pump;
    private readonly Pipe _pipe;
    private UploadSession? _session;

    public BlobUpload(JobRuntime runtime, MigrationMeter.PusherSlot meter)
    {
        _runtime = runtime;
        _meter = meter;
        _offer = new FileOffer(runtime);
        _pump = new BlobPump(runtime.Rate, meter);
        _pipe = new Pipe(new PipeOptions(MemoryPool<byte>.Shared, minimumSegmentSize: 4096, useSynchronizationContext: false,
            pauseWriterThreshold: runtime.Options.PipeBytes, resumeWriterThreshold: runtime.Options.PipeBytes / 2));
        // A pipe can only be reset after both ends are completed: begin as if one blob had gone through.
        _pipe.Reader.Complete();
        _pipe.Writer.Complete();
    }

    public async Task<BlobOutcome> RunAsync(PusherProtocol.PushBlob push, CancellationToken cancellationToken)
    {
        _meter.Begin(push.Place.Target, push.Blob);
        _session = push.Session;
        using var activity = TransferActivity.StartBlob(TransferActivity.UploadBlob, push.Place.Trace, push.Place.Target, push.Blob.Digest);
        BlobOutcome? outcome = null;
        try
        {
            // Step 0.
            outcome = _session is null ? await _offer.TryAsync(push, cancellationToken) : null;
            return outcome ??= await UploadAsync(push, cancellationToken);
        }
        catch (TransferException e)
        {
            return outcome = BlobOutcome.Refused(e.Error);
        }
        finally
        {
            _meter.End();
            await AbandonAsync();
            End(activity, outcome, cancellationToken.IsCancellationRequested);
        }
    }

    private static void End(Activity? activity, BlobOutcome? outcome, bool isStopped)
    {
        if (outcome is { Error: null })
            activity?.SetTag(TelemetryKeys.BlobSize, outcome.Length);
        activity.End(outcome switch
        {
            null when isStopped => Outcomes.Interrupted,
            null or { Error: not null } => Outcomes.Failed,
            { IsTaken: true } => Outcomes.Taken,
            _ => Outcomes.Uploaded,
        }, outcome?.Error);
    }

    private async Task<BlobOutcome> UploadAsync(PusherProtocol.PushBlob push, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            var outcome = await TryAsync(push, cancellationToken);
            if (outcome.Error is not { } error)
            {
                _session = null;
                return outcome;
            }
            if (!error.IsTransient || attempt == _runtime.Options.BlobRetries)
            {
                outcome = await BlameAsync(push, outcome, cancellationToken);
                if (!IsOfTheLine(outcome) || attempt == _runtime.Options.BlobRetries)
                    return outcome;
                // What the registry has of it is not what was sent.
                await AbandonAsync();
            }
            _runtime.Meter.CountBlobRetry(error);
            TransferLog.BlobRetried(_runtime.Log, _runtime.Name, push.Blob.Digest, push.Place.Target, attempt + 1, error.Code, error.Message);
            await PauseAsync(attempt, cancellationToken);
            await FindSessionAsync(cancellationToken);
        }
    }

    private async Task<BlobOutcome> TryAsync(PusherProtocol.PushBlob push, CancellationToken cancellationToken)
    {
        // Step 1. The source first: what can't be opened needs no session.
        var offset = _session?.Offset ?? 0;
        BlobContentStream content;
        try
        {
            content = await _runtime.Source.OpenBlobAsync(push.Place.Source, push.Blob.Digest, offset, cancellationToken);
        }
        catch (TransferException e)
        {
            return BlobOutcome.FailedAtSource(e.Error);
        }
        await using (content)
        {
            // The source knows how long the blob is. What the manifest states is a hint, for a source that does not say.
            var blob = push.Blob with { Size = content.BlobLength ?? push.Blob.Size };
            if (blob.Size < 0)
                return BlobOutcome.FailedAtSource(NoSize(blob.Digest));
            try
            {
                _session ??= await _runtime.Target.StartUploadAsync(push.Place.Target, cancellationToken);
                _meter.ResumeAt(offset);
                return await PumpAsync(_session, blob, content, cancellationToken);
            }
            catch (TransferException e)
            {
                return BlobOutcome.Refused(e.Error);
            }
        }
    }

    // Step 2.
    private async Task<BlobOutcome> PumpAsync(UploadSession session, Descriptor blob, Stream content, CancellationToken cancellationToken)
    {
        using var hash = _runtime.Job.VerifySource && session.Offset == 0 ? blob.Digest.CreateHash() : null;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _pipe.Reset();
        var fill = _pump.FillAsync(content, _pipe.Writer, blob, session.Offset, hash, stop.Token);
        TransferError? refused = null;
        TransferError? fault;
        try
        {
            await _runtime.Target.PutBlobAsync(session, blob, _pipe.Reader, cancellationToken);
        }
        catch (TransferException e)
        {
            refused = e.Error;
        }
        finally
        {
            // The target has read all, or will read no more: a pump that still waits for it must not. And however the target ended, the
            // pump ends before the content that it reads is disposed of.
            await _pipe.Reader.CompleteAsync();
            await stop.CancelAsync();
            fault = await EndOfAsync(fill, cancellationToken);
        }
        if (refused is null)
            return BlobOutcome.Uploaded(blob.Size);
        // The pump's own word goes first: a target that was cut short only saw the consequence.
        return fault is null ? BlobOutcome.Refused(refused) : BlobOutcome.FailedAtSource(fault);
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
    private async Task FindSessionAsync(CancellationToken cancellationToken)
    {
        if (_session is not { } broken)
            return;
        var found = await _runtime.Target.FindUploadAsync(broken, cancellationToken);
        if (found is not null && _runtime.Job.VerifySource)
            await AbandonAsync();
        else
            _session = found;
    }

    // Step 4.
    private async Task AbandonAsync()
    {
        if (_session is not { } session)
            return;
        _session = null;
        await AbandonedSession.CancelAsync(_runtime, session);
    }

    private Task PauseAsync(int attempt, CancellationToken cancellationToken)
    {
        var pause = _runtime.Options.BlobBackoff * Math.Pow(2, Math.Min(attempt, 10)) * (0.5 + Random.Shared.NextDouble());
        return Task.Delay(pause, _runtime.Time, cancellationToken);
    }

    /// <summary>When the target finds that bytes and digest differ, the source is read once more to tell whose fault it is.</summary>
    private async Task<BlobOutcome> BlameAsync(PusherProtocol.PushBlob push, BlobOutcome outcome, CancellationToken cancellationToken)
    {
        var digest = push.Blob.Digest;
        if (outcome is { IsSourceFault: false, Error.Code: ErrorCode.BlobDigestMismatch } && !_runtime.Job.VerifySource
            && !await ContentHash.MatchesAsync(_runtime.Source, push.Place.Source, digest, cancellationToken))
            outcome = BlobOutcome.FailedAtSource(BlobPump.WrongDigest(digest));
        var error = outcome.Error! with { Digest = digest };
        if (!outcome.IsSourceFault)
            return BlobOutcome.Refused(error);
        var isDamaged = error.Code is ErrorCode.BlobDigestMismatch or ErrorCode.BlobSizeMismatch;
        return BlobOutcome.FailedAtSource(error with { Path = error.Path ?? (isDamaged ? _runtime.Source.Locate(push.Place.Source, digest) : null) });
    }

    // The source is sound, and still other bytes arrived: something in between spoilt them, which the next try may be spared.
    private static bool IsOfTheLine(BlobOutcome outcome) => outcome is { IsSourceFault: false, Error.Code: ErrorCode.BlobDigestMismatch };

    private static TransferError NoSize(Digest digest) =>
        new(ErrorCode.BlobSizeMismatch, $"Neither the manifest nor the source says how long the blob {digest} is.") { Scope = ErrorScope.Blob, Digest = digest };
}
