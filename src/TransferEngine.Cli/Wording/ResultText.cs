using TransferEngine.Images;

namespace TransferEngine.Cli.Wording;

/// <summary>What became of an image, in words.</summary>
internal static class ResultText
{
    /// <summary>The outcome as reports, events and messages spell it.</summary>
    public static string Of(ImageOutcome outcome) => outcome switch
    {
        ImageOutcome.Migrated => "migrated",
        ImageOutcome.AlreadyThere => "already-there",
        ImageOutcome.Skipped => "skipped",
        ImageOutcome.Failed => "failed",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome)),
    };

    /// <summary>A line for an image that is not where it should be: which, why, what to do. Null for the others.</summary>
    public static string? Of(ImageResult result) => result.Outcome is ImageOutcome.Failed or ImageOutcome.Skipped
        ? $"{Of(result.Outcome)} {Printable.Whole(result.Display)}  {result.Error}".TrimEnd()
        : null;
}
