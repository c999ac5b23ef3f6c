namespace TransferEngine.Hocon.Tests;

public sealed class SyntaxTests
{
    [Theory]
    [InlineData("a = 1")]
    [InlineData("a : 1")]
    [InlineData("{ a = 1 }")]
    [InlineData("{ \"a\" : 1, }")]
    [InlineData("\n\n# a comment\n// another\n  a=1 # behind it\n")]
    [InlineData("a = 1 // behind it")]
    [InlineData("a =\n\n 1")]
    [InlineData("\uFEFFa = 1")]
    [InlineData("a = 1\r\n")]
    public void The_spellings_of_a_field_are_the_same(string text) => Assert.Equal(["a=1"], Read.Leaves(text));

    [Fact]
    public void Dotted_keys_and_nested_objects_are_the_same()
    {
        Assert.Equal(["a:b:c=1", "a:b:d=2"], Read.Leaves("a.b.c = 1, a { b.d : 2 }"));
        Assert.Equal(["a.b:c=1"], Read.Leaves("\"a.b\".c = 1"));
        Assert.Equal(["a b:c d=1"], Read.Leaves("a b.c d = 1"));
        Assert.Equal(["3:14=1"], Read.Leaves("3.14 = 1"));
    }

    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("plain   text   # comment", "plain   text")]
    [InlineData("\"quoted # text\"", "quoted # text")]
    [InlineData("\"\"", "")]
    [InlineData("\"a\\tb\\n\\\"\\\\\\/\\u00e9\"", "a\tb\n\"\\/\u00e9")]
    [InlineData("\"\"\"a \"quoted\" \\n line\"\"\"", "a \"quoted\" \\n line")]
    [InlineData("\"\"\"two\nlines\"\"\"", "two\nlines")]
    [InlineData("\"\"\"\"\"four\"\"\"\"\"", "\"\"four\"\"")]
    [InlineData("a\" b \"c", "a b c")]
    [InlineData("http\"://\"host/path", "http://host/path")]
    [InlineData("-12.5e3", "-12.5e3")]
    [InlineData("true", "true")]
    public void Strings_are_read_as_written(string written, string value) => Assert.Equal(value, Read.Document($"a = {written}")["a"]);

    [Fact]
    public void Null_is_a_key_without_value()
    {
        var configuration = Read.Document("a = null");
        Assert.Null(configuration["a"]);
        Assert.Contains(configuration.GetChildren(), child => child.Key == "a");
    }

    [Fact]
    public void Arrays_take_commas_or_lines()
    {
        Assert.Equal(["a:0=1", "a:1=2", "a:2=3"], Read.Leaves("a = [1, 2\n 3,]"));
        Assert.Equal(["a:0=1", "a:1=2", "a:2=3"], Read.Leaves("a = [1] [2, 3]"));
        Assert.Equal(["a:0:x=1", "a:1:x=2"], Read.Leaves("a = [{x = 1}, {x = 2}]"));
    }

    [Theory]
    [InlineData("a = []")]
    [InlineData("a = [${?missing-thing}]")]
    public void An_empty_array_is_a_key_with_an_empty_text_which_is_bound_as_an_empty_list(string text)
    {
        Assert.Equal(["a="], Read.Leaves(text));
        Assert.Empty(Read.Document(text).GetSection("a").Get<string[]>()!);
    }

    [Fact]
    public void The_later_definition_of_a_key_wins_and_objects_merge()
    {
        Assert.Equal(["a=2"], Read.Leaves("a = 1\na = 2"));
        Assert.Equal(["a:x=1", "a:y=3", "a:z=4"], Read.Leaves("a { x = 1, y = 2 }\na { y = 3, z = 4 }"));
        Assert.Equal(["a:y=2"], Read.Leaves("a { x = 1 }\na = 5\na { y = 2 }"));
        Assert.Equal(["a:0=9"], Read.Leaves("a = [1, 2]\na = [9]"));
        Assert.Equal(["a:x=1", "a:y=2"], Read.Leaves("a = { x = 1 } { y = 2 }"));
    }

    [Theory]
    [InlineData("a = 1\nb =", 2, 4, "value")]
    [InlineData("a = \"open", 1, 5, "closing quote")]
    [InlineData("a = \"\"\"open", 1, 5, "no end")]
    [InlineData("a {\n b = 1\n", 1, 3, "closing brace")]
    [InlineData("a = [1, 2", 1, 5, "closing bracket")]
    [InlineData("a = 1 }", 1, 7, "'}'")]
    [InlineData("a = [1 }", 1, 8, "comma or a new line")]
    [InlineData("{ a = [1] ]", 1, 11, "comma or a new line")]
    [InlineData("}", 1, 1, "'}'")]
    [InlineData("{ a = 1 } b", 1, 11, "follow")]
    [InlineData("[1]", 1, 1, "object")]
    [InlineData("a b", 1, 1, "followed by")]
    [InlineData("a..b = 1", 1, 1, "key is missing")]
    [InlineData(".a = 1", 1, 1, "key is missing")]
    [InlineData("= 1", 1, 1, "'='")]
    [InlineData("a = 1 @", 1, 7, "'@'")]
    [InlineData("a = $b", 1, 5, "'$'")]
    [InlineData("a = \"\\q\"", 1, 6, "escape")]
    [InlineData("a = \"\\u12g4\"", 1, 6, "hexadecimal")]
    [InlineData("a = [1,, 2]", 1, 8, "value")]
    [InlineData("a = ${b", 1, 8, "'}'")]
    [InlineData("a = [1] text", 1, 5, "put together")]
    [InlineData("a = {x = 1} [1]", 1, 5, "put together")]
    [InlineData("include = 1", 1, 9, "quotes")]
    public void An_error_says_where_and_what(string text, int line, int column, string reason)
    {
        var failure = Read.Failure(text);
        Assert.Equal(("test", line, column), (failure.SourceName, failure.Line, failure.Column));
        Assert.Contains(reason, failure.Reason, StringComparison.Ordinal);
        Assert.StartsWith($"test, line {line}, column {column}: ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Depth_and_length_are_bounded()
    {
        Assert.Contains("nested", Read.Failure(string.Concat(Enumerable.Repeat("a {", 5000))).Reason, StringComparison.Ordinal);
        Assert.Contains("nested", Read.Failure("a = " + new string('[', 100_000)).Reason, StringComparison.Ordinal);
        Assert.Contains("keys", Read.Failure(string.Join('.', Enumerable.Repeat("a", 5000)) + " = 1").Reason, StringComparison.Ordinal);
        Assert.Contains("longer", Read.Failure(new string(' ', 1024 * 1024 + 1)).Reason, StringComparison.Ordinal);
    }
}
