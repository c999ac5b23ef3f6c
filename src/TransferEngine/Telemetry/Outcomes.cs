namespace TransferEngine.Telemetry;

/// <summary>What <see cref="TelemetryKeys.Outcome"/> may be.</summary>
internal static class Outcomes
{
    public const string Migrated = "migrated";
    public const string AlreadyThere = "already_there";
    public const string Skipped = "skipped";
    public const string Failed = "failed";

    // Of blobs.
    public const string Uploaded = "uploaded";
    public const string Mounted = "mounted";
    public const string Taken = "taken";
    public const string Missing = "missing";

    /// <summary>A mount that the target would not make.</summary>
    public const string Refused = "refused";

    // Of jobs, and of what they leave undone.
    public const string Completed = "completed";
    public const string Interrupted = "interrupted";

    public static string Of(ImageOutcome outcome) => outcome switch
    {
        ImageOutcome.Migrated => Migrated,
        ImageOutcome.AlreadyThere => AlreadyThere,
        ImageOutcome.Skipped => Skipped,
        _ => Failed,
    };
}
