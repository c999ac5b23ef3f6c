using System.Text.Json;
using TransferEngine.Cli.Progress;
using TransferEngine.Images;

namespace TransferEngine.Cli.Reports;

/// <summary>
/// The events of <c>--json</c>: <c>started</c>, <c>image</c> for each outcome, <c>progress</c> every second, and as the last one
/// <c>finished</c>, or <c>error</c> if the command could not do its work.
/// </summary>
internal static class EventJson
{
    public static void Started(Utf8JsonWriter writer, MigrationJob job, string kind)
    {
        writer.WriteString("event", "started");
        writer.WriteString("kind", kind);
        writer.WriteString("job", job.Name);
        writer.WriteString("source", job.Source.Endpoint);
        writer.WriteString("target", job.Target.Endpoint);
    }

    public static void Image(Utf8JsonWriter writer, ImageResult result)
    {
        writer.WriteString("event", "image");
        ResultJson.Image(writer, result);
    }

    public static void Progress(Utf8JsonWriter writer, ProgressSnapshot snapshot, Pace pace)
    {
        writer.WriteString("event", "progress");
        writer.WriteNumber("elapsedSeconds", ResultJson.Seconds(snapshot.Elapsed));
        writer.WriteNumber("bytesSent", snapshot.BytesSent);
        writer.WriteNumber("bytesPerSecond", Math.Round(pace.BytesPerSecond));
        if (snapshot.ImagesExpected is { } expected)
            writer.WriteNumber("imagesExpected", expected);
        if (pace.TimeLeft is { } left)
            writer.WriteNumber("secondsLeft", ResultJson.Seconds(left));
        ResultJson.Totals(writer, snapshot.Totals);
    }

    public static void Finished(Utf8JsonWriter writer, Action<Utf8JsonWriter> result)
    {
        writer.WriteString("event", "finished");
        result(writer);
    }

    public static void Error(Utf8JsonWriter writer, TransferError error)
    {
        writer.WriteString("event", "error");
        writer.WriteNumber("exitCode", ExitCode.Of(error));
        ResultJson.Error(writer, error);
    }
}
