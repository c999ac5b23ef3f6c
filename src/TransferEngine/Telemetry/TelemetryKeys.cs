namespace TransferEngine.Telemetry;

/// <summary>Names of attributes: OpenTelemetry's where it has one, else in a namespace of our own.</summary>
internal static class TelemetryKeys
{
    /// <summary>One of <see cref="Images.ErrorCode"/>.</summary>
    public const string ErrorType = "error.type";

    public const string Job = "transfer_engine.job";
    public const string Outcome = "transfer_engine.outcome";

    // Of traces alone: they have too many values for a metric.
    public const string Source = "transfer_engine.source";
    public const string Target = "transfer_engine.target";
    public const string SourceRepository = "transfer_engine.source.repository";
    public const string TargetRepository = "transfer_engine.target.repository";
    public const string ManifestDigest = "oci.manifest.digest";
    public const string Tags = "container.image.tags";
    public const string BlobDigest = "transfer_engine.blob.digest";
    public const string BlobSize = "transfer_engine.blob.size";
}
