using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace TransferEngine.Cli.Reports;

/// <summary>One JSON object on a line of its own, written at once.</summary>
internal static class JsonLine
{
    /// <summary>Output goes to terminals and files, never into HTML: names stay readable.</summary>
    public static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    private static readonly JsonWriterOptions Options = new() { Encoder = Encoder };

    /// <param name="output">Gets the line, and is flushed.</param>
    /// <param name="fill">Writes the object's properties.</param>
    public static void Write(TextWriter output, Action<Utf8JsonWriter> fill)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            fill(writer);
            writer.WriteEndObject();
        }
        output.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
        output.Flush();
    }
}
