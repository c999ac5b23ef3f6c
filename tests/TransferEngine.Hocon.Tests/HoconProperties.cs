using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace TransferEngine.Hocon.Tests;

public sealed class HoconProperties
{
    private static readonly string[] Pieces =
        ["a", "b", ".", "=", ":", "+=", "{", "}", "[", "]", ",", "\n", " ", "\"", "\"\"\"", "${", "${?", "a.b", "include ", "#x", "//", "1 s", "\\", "null", "file(", ")", "\"x\""];

    [Fact]
    public void Any_text_is_read_or_refused_with_a_place() =>
        Check(500, Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), text => ReadOrRefuse(text.Get)));

    [Fact]
    public void Any_jumble_of_hocon_pieces_is_read_or_refused_with_a_place() =>
        Check(5000, Prop.ForAll(Gen.Elements(Pieces).ListOf().Select(string.Concat).ToArbitrary(), ReadOrRefuse));

    [Fact]
    public void A_document_written_out_is_read_back() => Check(300, Prop.ForAll(Documents().ToArbitrary(), document =>
    {
        var text = new StringBuilder();
        var expected = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Write(document, "", text, expected);
        Assert.Equal(expected.Select(pair => $"{pair.Key}={pair.Value}"), Read.Leaves(text.ToString()));
    }));

    private static void Check(int tests, Property property) => FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(tests), property);

    private static void ReadOrRefuse(string text)
    {
        try
        {
            Read.Document(text);
        }
        catch (HoconException failure)
        {
            Assert.NotEmpty(failure.Reason);
        }
    }

    private sealed record Field(string Key, string? Value, Field[] Children, int Style);

    private static Gen<Field[]> Documents() => Gen.Sized(size => Fields(Math.Min(size, 4)));

    private static Gen<Field[]> Fields(int depth)
    {
        var leaf =
            from value in ArbMap.Default.GeneratorFor<NonNull<string>>()
            from style in Gen.Choose(0, 5)
            select new Field("", value.Get, [], style);
        var node = depth == 0
            ? leaf
            : Gen.Frequency((2, leaf), (1, from children in Fields(depth - 1) from style in Gen.Choose(0, 5) select new Field("", null, children, style)));
        // Keys differ also when case is ignored, as configuration does.
        return node.ListOf().Select(fields => fields.Take(5).Select((field, i) => field with { Key = $"k{i}" }).ToArray());
    }

    private static void Write(Field[] fields, string path, StringBuilder text, SortedDictionary<string, string> expected)
    {
        foreach (var field in fields)
        {
            text.Append(field.Style % 2 == 0 ? field.Key : $"\"{field.Key}\"").Append(field.Style % 3 == 0 ? " : " : "=");
            if (field.Value is { } value)
            {
                expected[path + field.Key] = value;
                text.Append(Quoted(value));
            }
            else
            {
                text.Append("{ # object\n");
                Write(field.Children, $"{path}{field.Key}:", text, expected);
                text.Append('}');
            }
            text.Append(field.Style switch { 0 => ",\n", 1 => " , ", 2 => " // end\n", _ => "\n" });
        }
    }

    private static string Quoted(string value) =>
        $"\"{string.Concat(value.Select(c => c is '"' or '\\' ? $"\\{c}" : c < ' ' ? $"\\u{(int)c:x4}" : c.ToString()))}\"";
}
