using System.Text.Json;
using TransferEngine.Cli.Wording;
using TransferEngine.Images;

namespace TransferEngine.Cli.Reports;

/// <summary>The JSON shapes that reports and events share. Each method writes properties into an object that the caller opened.</summary>
internal static class ResultJson
{
    public static void Image(Utf8JsonWriter writer, ImageResult result)
    {
        writer.WriteString("repository", result.Repository);
        writer.WriteString("name", result.Name);
        writer.WriteString("outcome", ResultText.Of(result.Outcome));
        WriteIfGiven(writer, "digest", result.Digest?.ToString());
        if (result.Error is { } error)
            Error(writer, error);
    }

    /// <summary>The property <c>error</c>, or another one of that shape.</summary>
    public static void Error(Utf8JsonWriter writer, TransferError error, string name = "error")
    {
        writer.WriteStartObject(name);
        writer.WriteString("code", error.Code);
        writer.WriteString("message", error.Message);
        WriteIfGiven(writer, "repository", error.Repository?.ToString());
        WriteIfGiven(writer, "tag", error.Reference?.Tag?.ToString());
        WriteIfGiven(writer, "digest", (error.Digest ?? error.Reference?.Digest)?.ToString());
        WriteIfGiven(writer, "path", error.Path);
        WriteIfGiven(writer, "host", error.Host);
        WriteIfGiven(writer, "hint", error.Hint);
        writer.WriteEndObject();
    }

    /// <summary>The property <c>totals</c>.</summary>
    public static void Totals(Utf8JsonWriter writer, MigrationTotals totals)
    {
        writer.WriteStartObject("totals");
        writer.WriteNumber("repositories", totals.Repositories);
        writer.WriteNumber("images", totals.Images);
        writer.WriteNumber("migrated", totals.Migrated);
        writer.WriteNumber("alreadyThere", totals.AlreadyThere);
        writer.WriteNumber("skipped", totals.Skipped);
        writer.WriteNumber("failed", totals.Failed);
        writer.WriteNumber("blobsUploaded", totals.BlobsUploaded);
        writer.WriteNumber("bytesUploaded", totals.BytesUploaded);
        writer.WriteNumber("blobsTaken", totals.BlobsTaken);
        writer.WriteNumber("bytesTaken", totals.BytesTaken);
        writer.WriteNumber("blobsMounted", totals.BlobsMounted);
        writer.WriteNumber("bytesMounted", totals.BytesMounted);
        writer.WriteNumber("blobsAlreadyThere", totals.BlobsAlreadyThere);
        writer.WriteNumber("bytesAlreadyThere", totals.BytesAlreadyThere);
        writer.WriteNumber("manifestsPushed", totals.ManifestsPushed);
        writer.WriteEndObject();
    }

    public static void Migration(Utf8JsonWriter writer, MigrationReport report)
    {
        Totals(writer, report.Totals);
        writer.WriteNumber("elapsedSeconds", Seconds(report.Elapsed));
        writer.WriteBoolean("isResumed", report.IsResumed);
        writer.WriteBoolean("isInterrupted", report.IsInterrupted);
        writer.WriteBoolean("isComplete", report.IsComplete);
        writer.WriteNumber("exitCode", ExitCode.Of(report));
        if (report.Fatal is { } error)
            Error(writer, error);
        DamageIfAny(writer, report.Damage);
        writer.WriteStartArray("notes");
        foreach (var note in report.Notes)
            writer.WriteStringValue(note);
        writer.WriteEndArray();
    }

    public static void Verification(Utf8JsonWriter writer, VerificationReport report)
    {
        writer.WriteNumber("verified", report.Verified);
        writer.WriteNumber("problems", report.Problems.Count);
        writer.WriteBoolean("isComplete", report.IsComplete);
        writer.WriteNumber("exitCode", ExitCode.Of(report));
        DamageIfAny(writer, report.Damage);
    }

    public static void Plan(Utf8JsonWriter writer, MigrationPlan plan)
    {
        writer.WriteString("source", plan.Source);
        writer.WriteString("target", plan.Target);
        writer.WriteNumber("repositories", plan.Repositories);
        writer.WriteNumber("imagesToMigrate", plan.ImagesToMigrate);
        writer.WriteNumber("imagesAlreadyThere", plan.ImagesAlreadyThere);
        writer.WriteNumber("blobsToUpload", plan.BlobsToUpload);
        writer.WriteNumber("bytesToUpload", plan.BytesToUpload);
        writer.WriteNumber("blobsToMount", plan.BlobsToMount);
        writer.WriteNumber("bytesToMount", plan.BytesToMount);
        writer.WriteNumber("blobsAlreadyThere", plan.BlobsAlreadyThere);
        writer.WriteNumber("bytesAlreadyThere", plan.BytesAlreadyThere);
        writer.WriteNumber("manifestsToPush", plan.ManifestsToPush);
        writer.WriteStartArray("renames");
        foreach (var rename in plan.Renames)
        {
            writer.WriteStartObject();
            writer.WriteString("source", rename.Source.ToString());
            writer.WriteString("target", rename.Target.ToString());
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteStartArray("problems");
        foreach (var problem in plan.Problems)
        {
            writer.WriteStartObject();
            Image(writer, problem);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        DamageIfAny(writer, plan.Damage);
    }

    /// <summary>A run that ended before it had a result.</summary>
    public static void GivenUp(Utf8JsonWriter writer, TransferError error)
    {
        writer.WriteBoolean("isComplete", false);
        writer.WriteNumber("exitCode", ExitCode.Of(error));
        Error(writer, error);
    }

    private static void DamageIfAny(Utf8JsonWriter writer, TransferError? damage)
    {
        if (damage is not null)
            Error(writer, damage, "damage");
    }

    public static double Seconds(TimeSpan time) => Math.Round(time.TotalSeconds, 3);

    public static void WriteIfGiven(Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null)
            writer.WriteString(name, value);
    }
}
