using System.Buffers;
using System.Text;
using System.Text.Json;

namespace TransferEngine.Cli.Reports;

/// <summary>One JSON object on a line of its own, written at once.</summary>
internal static class JsonLine
{
    private static readonly JsonWriterOptions Options = new() { Encoder = HarmlessEncoder.Instance };

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
