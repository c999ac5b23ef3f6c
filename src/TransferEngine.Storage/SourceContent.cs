using System.IO.Pipelines;

namespace TransferEngine.Storage;

/// <summary>
/// A blob's content on its way into a target, which remembers by what it broke off: that is the source's trouble and is thrown on as it
/// is, though it may look like the target's own.
/// </summary>
internal sealed class SourceContent(PipeReader content) : PipeReader
{
    private Exception? _end;

    /// <summary>Whether this is what the content ended by.</summary>
    public bool BrokeOffBy(Exception e) => ReferenceEquals(e, _end);

    public override bool TryRead(out ReadResult result)
    {
        try
        {
            return content.TryRead(out result);
        }
        catch (Exception e)
        {
            _end = e;
            throw;
        }
    }

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return await content.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _end = e;
            throw;
        }
    }

    public override void AdvanceTo(SequencePosition consumed) => content.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => content.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => content.CancelPendingRead();

    public override void Complete(Exception? exception = null) => content.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => content.CompleteAsync(exception);
}
