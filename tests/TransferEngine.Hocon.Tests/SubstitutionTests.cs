namespace TransferEngine.Hocon.Tests;

public sealed class SubstitutionTests
{
    [Theory]
    [InlineData("a = 1, b = ${a}", "b=1")]
    [InlineData("b = ${a}, a = 1", "b=1")]
    [InlineData("a = 1, b = ${a}, a = 2", "b=2")]
    [InlineData("a.b.c = x, d = ${a.b.c}\"-\"${a.b.c} y", "d=x-x y")]
    [InlineData("a { x = 1 }, b = ${a} { y = 2 }", "b:x=1", "b:y=2")]
    [InlineData("a { x = 1 }, b = ${a}, b.x = 3", "b:x=3")]
    [InlineData("a = [1], b = ${a} [2]", "b:0=1", "b:1=2")]
    [InlineData("bar : { foo : 42, b : ${bar.foo} }", "bar:b=42", "bar:foo=42")]
    [InlineData("bar : { foo : 42, b : ${bar.foo} }, bar : { foo : 43 }", "bar:b=43", "bar:foo=43")]
    [InlineData("b : { a : ${f.d}, b : 1 }, b.b = 3, f : { c : ${b.b}, d : 2 }, f.d = 4", "b:a=4", "b:b=3")]
    [InlineData("b : { a : { c : 1 } }, b : ${b.a}, b : { a : 2 }", "b:a=2", "b:c=1")]
    [InlineData("a = { s = ${b} }, b = { x = 1 }, c = ${a.s.x}", "b:x=1")]
    [InlineData("b = 4 s, c = ${b}", "b=00:00:04")]
    public void A_reference_sees_the_whole_document(string text, params string[] expected) =>
        Assert.Equal(expected, Read.Leaves(text).Where(leaf => leaf.StartsWith('b') || (leaf.StartsWith("d=", StringComparison.Ordinal) && expected[0][0] == 'd')));

    [Theory]
    [InlineData("p = a, p = ${p}\":b\", p = ${p}\":c\"", "p=a:b:c")]
    [InlineData("p = [1], p = ${p} [2]", "p:0=1", "p:1=2")]
    [InlineData("p = [1], p += 2, p += 3", "p:0=1", "p:1=2", "p:2=3")]
    [InlineData("p += 1", "p:0=1")]
    [InlineData("p = ${?p}foo", "p=foo")]
    [InlineData("p { x = [1] }, p { x += 2 }", "p:x:0=1", "p:x:1=2")]
    [InlineData("p = { x = 1 }, p = ${p} { y = 2 }", "p:x=1", "p:y=2")]
    public void A_reference_to_itself_sees_what_was_there_before(string text, params string[] expected) => Assert.Equal(expected, Read.Leaves(text));

    [Theory]
    [InlineData("a = ${?missing-thing}")]
    [InlineData("a = ${?missing-thing}${?missing-other}")]
    public void An_optional_reference_to_nothing_leaves_nothing(string text) => Assert.Empty(Read.Leaves(text));

    [Fact]
    public void An_optional_reference_to_nothing_keeps_the_earlier_value() =>
        Assert.Equal(["a=1"], Read.Leaves("a = 1\na = ${?missing-thing}"));

    [Fact]
    public void The_environment_stands_behind_the_document()
    {
        const string Name = "TRANSFER_ENGINE_HOCON_TEST";
        Environment.SetEnvironmentVariable(Name, "3 s");
        Assert.Equal(["a=00:00:03"], Read.Leaves($"a = 1 s\na = ${{?{Name}}}"));
        Assert.Equal(["a=3 s later"], Read.Leaves($"a = ${{{Name}}} later"));
        Assert.Equal([$"{Name}=mine", "a=mine"], Read.Leaves($"{Name} = mine, a = ${{{Name}}}"));
        Environment.SetEnvironmentVariable(Name, null);
    }

    [Theory]
    [InlineData("a = ${missing.thing}", "defined neither")]
    [InlineData("a = ${a}", "itself")]
    [InlineData("a = ${b}, b = ${a}", "itself")]
    [InlineData("a = ${b}, b = ${c}, c = [${a}]", "itself")]
    [InlineData("a { b = ${a} }", "itself")]
    [InlineData("a = ${b.x}, b = ${a.x}", "defined neither")]
    public void A_reference_that_can_not_be_resolved_is_an_error(string text, string reason) =>
        Assert.Contains(reason, Read.Failure(text).Reason, StringComparison.Ordinal);

    [Fact]
    public void A_document_that_doubles_itself_is_refused()
    {
        var texts = string.Join('\n', Enumerable.Range(1, 60).Select(i => $"a{i} = ${{a{i - 1}}}${{a{i - 1}}}"));
        Assert.Contains("too large", Read.Failure($"a0 = xxxxxxxxxxxx\n{texts}").Reason, StringComparison.Ordinal);
        Assert.Contains("too large", Read.Failure($"a0 = [1, 2]\n{texts}").Reason, StringComparison.Ordinal);
        Assert.Contains("too large", Read.Failure($"a0 = {{ x = 1, y = 2 }}\n{texts}").Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_chain_of_references_is_refused()
    {
        var chain = string.Join('\n', Enumerable.Range(1, 2000).Select(i => $"a{i - 1} = ${{a{i}}}"));
        Assert.Contains("too deeply", Read.Failure($"{chain}\na2000 = 1").Reason, StringComparison.Ordinal);
    }
}
