using System.Text.Json;
using TransferEngine.Images;

namespace TransferEngine.Cli.Reports;

/// <summary>
/// The whole result of a run as one JSON object, written while results arrive, so that memory does not grow with the number
/// of images. It lies beside its place until it is whole: <c>FILE.tmp</c>, then renamed.
/// </summary>
internal sealed class ReportFile : IDisposable
{
    private const int FlushBytes = 64 * 1024;

    private readonly string _path;
    private readonly string _temporary;
    private readonly FileStream _file;
    private readonly Utf8JsonWriter _writer;
    private IOException? _failure;

    private ReportFile(string path)
    {
        _path = Path.GetFullPath(path);
        _temporary = _path + ".tmp";
        _file = new FileStream(_temporary, FileMode.Create, FileAccess.Write, FileShare.Read);
        _writer = new Utf8JsonWriter(_file, new JsonWriterOptions { Indented = true, Encoder = JsonLine.Encoder });
    }

    /// <exception cref="TransferException">The file can't be created: better known before the work than after it.</exception>
    public static ReportFile Create(string path, string kind, MigrationJob job, DateTimeOffset startedAt)
    {
        try
        {
            var report = new ReportFile(path);
            report.Begin(kind, job, startedAt);
            return report;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(path, e);
        }
    }

    /// <summary>Never throws: a full disk must not stop the run. <see cref="Finish"/> tells.</summary>
    public void Add(ImageResult result)
    {
        if (_failure is not null)
            return;
        _writer.WriteStartObject();
        ResultJson.Image(_writer, result);
        _writer.WriteEndObject();
        if (_writer.BytesPending < FlushBytes)
            return;
        try
        {
            _writer.Flush();
        }
        catch (IOException e)
        {
            _failure = e;
        }
    }

    /// <summary>Writes what is known only at the end, and gives the file its name.</summary>
    /// <exception cref="TransferException">The report could not be written.</exception>
    public void Finish(Action<Utf8JsonWriter> result)
    {
        try
        {
            if (_failure is not null)
                throw _failure;
            _writer.WriteEndArray();
            result(_writer);
            _writer.WriteEndObject();
            _writer.Flush();
            _file.Dispose();
            File.Move(_temporary, _path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(_path, e);
        }
    }

    public void Dispose()
    {
        // The file first, and what the writer still holds goes nowhere: a broken disk has refused it already.
        _file.Dispose();
        _writer.Reset(Stream.Null);
        _writer.Dispose();
        File.Delete(_temporary);
    }

    private void Begin(string kind, MigrationJob job, DateTimeOffset startedAt)
    {
        _writer.WriteStartObject();
        _writer.WriteNumber("version", 1);
        _writer.WriteString("kind", kind);
        _writer.WriteString("job", job.Name);
        _writer.WriteString("source", job.Source.Endpoint);
        _writer.WriteString("target", job.Target.Endpoint);
        _writer.WriteString("startedAt", startedAt);
        _writer.WriteStartArray("images");
        _writer.Flush();
    }

    private static TransferException Failed(string path, Exception inner) => new(
        new TransferError(ErrorCode.ReportFailed, $"The report can't be written: {inner.Message}")
        { Scope = ErrorScope.Endpoint, Path = path, Hint = "Give --report a file in a folder that you may write to." },
        inner);
}
