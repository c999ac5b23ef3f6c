using System.Text.Json;
using TransferEngine.Images;

namespace TransferEngine.Cli.Reports;

/// <summary>
/// The whole result of a run as one JSON object, written while results arrive, so that memory does not grow with the number
/// of images. Until it is whole it lies beside its place, readable by its owner alone, and is then renamed into it: a symbolic link
/// that somebody put there is replaced, never followed. Devices and pipes below <c>/dev</c> are written as they are.
/// </summary>
internal sealed class ReportFile : IDisposable
{
    private const int FlushBytes = 64 * 1024;

    private readonly string _path;
    private readonly string? _temporary;
    private readonly FileStream _file;
    private readonly Utf8JsonWriter _writer;
    private Exception? _failure;

    private ReportFile(string path)
    {
        _path = Path.GetFullPath(path);
        if (Directory.Exists(_path))
            throw new IOException("It is a folder.");
        _temporary = IsDevice(_path) ? null : $"{_path}.{Guid.NewGuid():N}.tmp";
        var options = new FileStreamOptions { Mode = _temporary is null ? FileMode.Open : FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.ReadWrite, BufferSize = 0 };
        if (_temporary is not null && !OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        _file = new FileStream(_temporary ?? _path, options);
        _writer = new Utf8JsonWriter(_file, new JsonWriterOptions { Indented = true, Encoder = HarmlessEncoder.Instance });
    }

    /// <exception cref="TransferException">The file can't be created: better known before the work than after it.</exception>
    public static ReportFile Create(string path, string kind, MigrationJob job, DateTimeOffset startedAt)
    {
        try
        {
            var report = new ReportFile(path);
            report.Try(() => report.Begin(kind, job, startedAt));
            return report;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TransferException(Failed(path, e) with { Hint = "Give --report a file in a folder that you may write to." }, e);
        }
    }

    /// <summary>Never throws: nothing about a report may stop the run. <see cref="Finish"/> tells.</summary>
    public void Add(ImageResult result) => Try(() =>
    {
        _writer.WriteStartObject();
        ResultJson.Image(_writer, result);
        _writer.WriteEndObject();
        if (_writer.BytesPending >= FlushBytes)
            _writer.Flush();
    });

    /// <summary>Writes what is known only at the end, and gives the file its name.</summary>
    /// <returns>Why there is no report; null if it is there.</returns>
    public TransferError? Finish(Action<Utf8JsonWriter> result)
    {
        Try(() =>
        {
            _writer.WriteEndArray();
            result(_writer);
            _writer.WriteEndObject();
            _writer.Flush();
            _file.Dispose();
            if (_temporary is not null)
                File.Move(_temporary, _path, overwrite: true);
        });
        return _failure is null ? null : Failed(_path, _failure);
    }

    public void Dispose()
    {
        // The file first, and what the writer still holds goes nowhere: a broken disk has refused it already.
        _file.Dispose();
        _writer.Reset(Stream.Null);
        _writer.Dispose();
        try
        {
            if (_temporary is not null)
                File.Delete(_temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Where a file could be made and can't be taken away, it stays.
        }
    }

    private void Try(Action write)
    {
        if (_failure is not null)
            return;
        try
        {
            write();
        }
#pragma warning disable CA1031 // Whatever it is, it is the report's trouble and not the run's.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _failure = e;
        }
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
    }

    // A rename onto a device would take it away from the whole machine.
    private static bool IsDevice(string path) =>
        (path.StartsWith("/dev/", StringComparison.Ordinal) && !path.StartsWith("/dev/shm/", StringComparison.Ordinal)) || path.StartsWith("/proc/", StringComparison.Ordinal);

    private static TransferError Failed(string path, Exception failure) =>
        new(ErrorCode.ReportFailed, $"The report can't be written: {Printable.Of(failure.Message)}") { Scope = ErrorScope.Endpoint, Path = path };
}
