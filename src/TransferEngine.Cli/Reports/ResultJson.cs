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
        if (result.IsTrusted)
            writer.WriteBoolean("trusted", true);
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
        writer.WriteNumber("trusted", totals.Trusted);
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
        writer.WriteBoolean("isChecked", report.IsChecked);
        if (report.Fatal is { } error)
            Error(writer, error);
        DamageIfAny(writer, report.Damage);
        NothingSelectedIfSo(writer, report.NothingSelected);
        Notes(writer, report.Notes);
    }

    public static void Verification(Utf8JsonWriter writer, VerificationReport report)
    {
        Verification(writer, report, report.IsComplete);
    }

    /// <summary>A verification, and in the property <c>repair</c> what became of what it found.</summary>
    public static void Repair(Utf8JsonWriter writer, RepairReport report)
    {
        Verification(writer, report.Found, report.IsComplete);
        if (report.Run is not { } run)
            return;
        writer.WriteStartObject("repair");
        writer.WriteNumber("mended", report.Mended);
        if (report.Left is { } left)
            Images(writer, "left", left.Problems);
        Migration(writer, run);
        writer.WriteEndObject();
    }

    private static void Verification(Utf8JsonWriter writer, VerificationReport report, bool isComplete)
    {
        writer.WriteNumber("verified", report.Verified);
        writer.WriteNumber("problems", report.Problems.Count);
        writer.WriteBoolean("isComplete", isComplete);
        DamageIfAny(writer, report.Damage);
        NothingSelectedIfSo(writer, report.NothingSelected);
        Notes(writer, report.Notes);
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
        Images(writer, "problems", plan.Problems);
        DamageIfAny(writer, plan.Damage);
        NothingSelectedIfSo(writer, plan.NothingSelected);
        Notes(writer, plan.Notes);
    }

    /// <summary>A property with an array of images.</summary>
    public static void Images(Utf8JsonWriter writer, string name, IEnumerable<ImageResult> images)
    {
        writer.WriteStartArray(name);
        foreach (var image in images)
        {
            writer.WriteStartObject();
            Image(writer, image);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
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

    private static void NothingSelectedIfSo(Utf8JsonWriter writer, SelectionMiss? miss)
    {
        if (miss is null)
            return;
        writer.WriteStartObject("nothingSelected");
        writer.WriteNumber("images", miss.Images);
        writer.WriteBoolean("isWhole", miss.IsWhole);
        Texts(writer, "examples", miss.Examples);
        writer.WriteEndObject();
    }

    private static void Notes(Utf8JsonWriter writer, IEnumerable<string> notes) => Texts(writer, "notes", notes);

    private static void Texts(Utf8JsonWriter writer, string name, IEnumerable<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (var text in texts)
            writer.WriteStringValue(text);
        writer.WriteEndArray();
    }

    public static double Seconds(TimeSpan time) => Math.Round(time.TotalSeconds, 3);

    public static void WriteIfGiven(Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null)
            writer.WriteString(name, value);
    }
}
