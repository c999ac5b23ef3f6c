using TransferEngine.Images;

namespace TransferEngine.Migrations;

/// <summary>Turns what a detached task threw into the error that a report can show.</summary>
internal static class Caught
{
    public static bool IsExpected(Exception exception) => exception switch
    {
        TransferException or OperationCanceledException => true,
        AggregateException { InnerException: { } inner } => IsExpected(inner),
        _ => false,
    };

    public static TransferError ErrorOf(Exception exception) => exception switch
    {
        TransferException transfer => transfer.Error,
        AggregateException { InnerException: { } inner } => ErrorOf(inner),
        OperationCanceledException => new TransferError(ErrorCode.Interrupted, "The run was stopped before this was done.") { IsTransient = true },
        _ => new TransferError(ErrorCode.Internal, $"Unexpected {exception.GetType().Name}: {Printable.Of(exception.Message)}"),
    };
}
