using System.IO.Pipelines;

namespace TransferEngine.TestKit.Conformance;

/// <summary>Content on its way into a target, which can be seen to be completed by it.</summary>
public sealed class ObservedReader(PipeReader content) : PipeReader
{
    private const int Piece = 700;

    public bool IsCompleted { get; private set; }

    /// <summary>The whole content, in several pieces.</summary>
    public static ObservedReader Of(byte[] content) => Of(content, isEnded: true, null);

    /// <summary>Content that breaks off with an exception.</summary>
    public static ObservedReader Broken(byte[] content, Exception end) => Of(content, isEnded: true, end);

    /// <summary>Content after which nothing comes, not even an end.</summary>
    public static ObservedReader Stalled(byte[] content) => Of(content, isEnded: false, null);

    public override bool TryRead(out ReadResult result) => content.TryRead(out result);

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => content.ReadAsync(cancellationToken);

    public override void AdvanceTo(SequencePosition consumed) => content.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => content.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => content.CancelPendingRead();

    public override void Complete(Exception? exception = null)
    {
        IsCompleted = true;
        content.Complete(exception);
    }

    private static ObservedReader Of(byte[] content, bool isEnded, Exception? end)
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0, minimumSegmentSize: Piece));
        foreach (var piece in content.Chunk(Piece))
        {
            piece.CopyTo(pipe.Writer.GetSpan(piece.Length));
            pipe.Writer.Advance(piece.Length);
        }
        if (isEnded)
            pipe.Writer.Complete(end);
        else
            // Completes at once: nothing bounds the pipe.
            pipe.Writer.FlushAsync().AsTask().Wait();
        return new ObservedReader(pipe.Reader);
    }
}
