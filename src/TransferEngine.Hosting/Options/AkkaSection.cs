using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.Extensions.Configuration;
using TransferEngine.Images;

namespace TransferEngine.Hosting;

/// <summary>
/// The section <c>akka</c> of a configuration, whatever sources it comes from, as HOCON for Akka.NET. Its own parser reads nothing that a user wrote: each
/// key and each value is written here as a quoted text, sections and lists are taken apart and put together again.
/// </summary>
internal static class AkkaSection
{
    // A file of a user's may nest as deep as it likes; Akka.NET's parser calls itself for each step.
    private const int MaxDepth = 32;

    /// <returns>Empty if there is no such section.</returns>
    /// <exception cref="TransferException"><see cref="ErrorCode.ConfigurationInvalid"/>: it nests too deeply.</exception>
    public static string TextOf(IConfiguration configuration)
    {
        var section = configuration.GetSection("akka");
        if (!section.GetChildren().Any())
            return "";
        var text = new StringBuilder("akka ");
        Write(section, text, MaxDepth);
        return text.ToString();
    }

    private static void Write(IConfigurationSection section, StringBuilder text, int depth)
    {
        if (depth == 0)
        {
            throw new TransferException(new TransferError(ErrorCode.ConfigurationInvalid, $"{Printable.Of(section.Path.Replace(':', '.'))} nests too deeply: {MaxDepth} sections at most.")
            { Scope = ErrorScope.Endpoint });
        }
        var children = ChildrenOf(section);
        if (children.Count == 0)
        {
            text.Append(Quoted(ValueOf(section)));
            return;
        }
        var isList = IsList(children);
        text.Append(isList ? '[' : '{');
        foreach (var child in isList ? children.OrderBy(child => int.Parse(child.Key, CultureInfo.InvariantCulture)) : children.AsEnumerable())
        {
            if (!isList)
                text.Append(Quoted(child.Key)).Append(" = ");
            Write(child, text, depth - 1);
            text.Append(isList ? ',' : '\n');
        }
        text.Append(isList ? ']' : '}');
    }

    // Our reader of files has made a TimeSpan's text of each duration.
    private static string ValueOf(IConfigurationSection section) =>
        section.Value is { } text && text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var duration)
            ? $"{duration.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)} ms"
            : section.Value ?? "";

    // Our reader of files gives each key without its hyphens too, for those who bind classes.
    private static List<IConfigurationSection> ChildrenOf(IConfigurationSection section) =>
        [.. section.GetChildren().GroupBy(child => child.Key.Replace("-", "", StringComparison.Ordinal), StringComparer.OrdinalIgnoreCase)
            .Select(spellings => spellings.MaxBy(child => child.Key.Length)!)];

    // As Microsoft.Extensions.Configuration spells lists, from whatever source.
    private static bool IsList(List<IConfigurationSection> children) =>
        children.Count > 0 && children.Select(child => child.Key).Order(StringComparer.Ordinal)
            .SequenceEqual(Enumerable.Range(0, children.Count).Select(index => index.ToString(CultureInfo.InvariantCulture)).Order(StringComparer.Ordinal));

    private static string Quoted(string text) => $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text)}\"";
}
