using System.Text.Json;
using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>One entry of the list of errors that a registry answers with (specification, "Error Codes"), fit for a message.</summary>
/// <param name="Code">Empty where it has none.</param>
/// <param name="Message">The registry's words.</param>
/// <param name="Detail">What they are about, where that is a plain text; <c>null</c> where there is no detail at all.</param>
internal sealed record SaidError(string Code, string Message, string? Detail)
{
    private const string Unknown = "UNKNOWN";

    // What a server says of itself, not of the request: tried again it may go well.
    private static readonly HashSet<string> Passing =
        new([Unknown, "UNAVAILABLE", "TOOMANYREQUESTS", "INTERNAL_ERROR", "INTERNAL_SERVER_ERROR"], StringComparer.Ordinal);

    /// <summary>The request itself is at fault, whatever the status is.</summary>
    public bool IsOfRequest => Code.Length > 0 && !Passing.Contains(Code);

    /// <summary>All of a body's errors; none where it is no such list, as a proxy's page.</summary>
    public static IReadOnlyList<SaidError> Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var root = json.RootElement;
            return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Array
                ? [.. errors.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object).Select(Read)] : [];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return [];
        }
    }

    /// <summary>
    /// The one that decides what the whole is: the first that says something. docker-registry 2.8 begins with two UNKNOWNs where it
    /// doesn't permit a foreign layer's address, and names that layer after them.
    /// </summary>
    public static SaidError? MostTelling(IReadOnlyList<SaidError> errors) =>
        errors.FirstOrDefault(error => error.IsOfRequest) ?? errors.FirstOrDefault(error => error.Code != Unknown) ?? (errors.Count > 0 ? errors[0] : null);

    public override string ToString() =>
        string.IsNullOrEmpty(Detail) || Message.Contains(Detail, StringComparison.Ordinal) ? $"{Code}: {Message}" : $"{Code}: {Message} ({Detail})";

    private static SaidError Read(JsonElement error)
    {
        var hasDetail = error.TryGetProperty("detail", out var detail) && detail.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined);
        return new SaidError(Text(error, "code"), Text(error, "message"), hasDetail ? Text(error, "detail") : null);
    }

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? Printable.Of(value.GetString()) : "";
}
