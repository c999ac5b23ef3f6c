using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace TransferEngine.Hocon;

/// <summary>Turns a resolved document into configuration keys and values.</summary>
internal static class HoconFlattening
{
    public static void Flatten(ObjectNode root, Dictionary<string, string?> data) => Flatten(root, [""], data);

    /// <summary><paramref name="prefixes"/> are the spellings of the path so far, that of the document first.</summary>
    private static void Flatten(HoconNode node, IReadOnlyList<string> prefixes, Dictionary<string, string?> data)
    {
        switch (node)
        {
            case ObjectNode fields:
                foreach (var key in fields.Keys)
                    Flatten(fields[key][0], Extend(prefixes, key), data);
                break;
            // A key without a value would be no key at all; an empty text is bound as an empty list.
            case ArrayNode { Items.Count: 0 }:
                foreach (var prefix in prefixes)
                    data[prefix] = "";
                break;
            case ArrayNode array:
                for (var i = 0; i < array.Items.Count; i++)
                    Flatten(array.Items[i], Extend(prefixes, new HoconKey(i.ToString(CultureInfo.InvariantCulture), isQuoted: true)), data);
                break;
            default:
                foreach (var prefix in prefixes)
                    data[prefix] = node is TextNode text ? Normalize(text) : null;
                break;
        }
    }

    // A section is asked for as it is written, what lies below it is bound by the names of properties. So hyphens are
    // dropped from some key on to the end: one spelling more per key that has any.
    private static List<string> Extend(IReadOnlyList<string> prefixes, HoconKey key)
    {
        var bare = key.IsQuoted ? key.Text : key.Text.Replace("-", "", StringComparison.Ordinal);
        var isSame = bare.Length == 0 || bare == key.Text;
        var extended = new List<string>(prefixes.Count + 1) { Combine(prefixes[0], key.Text) };
        if (!isSame)
            extended.Add(Combine(prefixes[0], bare));
        extended.AddRange(prefixes.Skip(1).Select(prefix => Combine(prefix, isSame ? key.Text : bare)));
        return extended;
    }

    private static string Combine(string prefix, string key) => prefix.Length == 0 ? key : ConfigurationPath.Combine(prefix, key);

    private static string Normalize(TextNode text) => text switch
    {
        { IsQuoted: true } => text.Text,
        _ when HoconDuration.TryParse(text.Text, out var duration) => duration.ToString("c", CultureInfo.InvariantCulture),
        _ when HoconSize.TryParse(text.Text, out var bytes) => bytes.ToString(CultureInfo.InvariantCulture),
        _ => text.Text,
    };
}
