namespace TransferEngine.Hocon.Tests;

public sealed class IncludeTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hocon-tests-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void An_included_file_is_merged_where_it_stands()
    {
        Write("sub/base.conf", "x = 1, y = 2, inner { include file(\"more.conf\") }");
        Write("sub/more.conf", "z = 3");
        var main = Write("main.conf", "x = 0\ninclude \"sub/base.conf\"\ny = 9");
        Assert.Equal(["inner:z=3", "x=1", "y=9"], Leaves(main));
    }

    [Fact]
    public void References_in_an_included_file_are_tried_below_it_first()
    {
        Write("part.conf", "x = 1, own = ${x}, outer = ${top}");
        var main = Write("main.conf", "top = t, x = 7, a { include \"part.conf\" }, a.x = 2");
        Assert.Equal(["a:outer=t", "a:own=2", "a:x=2", "top=t", "x=7"], Leaves(main));
    }

    [Fact]
    public void A_missing_file_is_left_out_unless_required()
    {
        Assert.Equal(["x=1"], Leaves(Write("main.conf", "include \"nothing.conf\"\nx = 1")));
        var required = Write("strict.conf", "x = 1\ninclude required(file(\"nothing.conf\"))");
        var failure = Assert.Throws<HoconException>(() => Leaves(required));
        Assert.Equal((required, 2), (failure.SourceName, failure.Line));
        Assert.Contains("nothing.conf", failure.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_includes_itself_is_an_error()
    {
        Write("b.conf", "include \"a.conf\"");
        var failure = Assert.Throws<HoconException>(() => Leaves(Write("a.conf", "include \"b.conf\"")));
        Assert.Contains("includes itself", failure.Reason, StringComparison.Ordinal);
        Assert.EndsWith("b.conf", failure.SourceName, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_many_files_within_each_other_are_an_error()
    {
        for (var i = 0; i < 30; i++)
            Write($"{i}.conf", $"include \"{i + 1}.conf\"");
        Assert.Contains("files include each other", Assert.Throws<HoconException>(() => Leaves(Path("0.conf"))).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_in_an_included_file_names_that_file()
    {
        var broken = Write("broken.conf", "x = 1\ny = [");
        var failure = Assert.Throws<HoconException>(() => Leaves(Write("main.conf", "include \"broken.conf\"")));
        Assert.Equal((broken, 2, 5), (failure.SourceName, failure.Line, failure.Column));
    }

    [Fact]
    public void Only_files_can_be_included() =>
        Assert.Contains("Only files", Read.Failure("include url(\"http://localhost/x.conf\")").Reason, StringComparison.Ordinal);

    [Fact]
    public void A_missing_configuration_file_is_an_error_unless_optional()
    {
        Assert.Empty(new ConfigurationBuilder().AddHoconFile(Path("none.conf"), optional: true).Build().GetChildren());
        var failure = Assert.Throws<HoconException>(() => Leaves(Path("none.conf")));
        Assert.Equal((Path("none.conf"), 0), (failure.SourceName, failure.Line));
    }

    [Fact]
    public void A_later_source_wins_over_an_earlier_one()
    {
        using var stream = new MemoryStream("a-b = 2"u8.ToArray());
        var configuration = new ConfigurationBuilder().AddHoconFile(Write("main.conf", "a-b = 1, c = 1")).AddHocon(stream).Build();
        Assert.Equal(("2", "2", "1"), (configuration["a-b"], configuration["AB"], configuration["c"]));
    }

    private static string[] Leaves(string path) =>
        [.. new ConfigurationBuilder().AddHoconFile(path).Build().AsEnumerable().Where(pair => pair.Value is not null)
            .Select(pair => $"{pair.Key}={pair.Value}").Order(StringComparer.Ordinal)];

    private string Path(string name) => System.IO.Path.Combine(_folder.FullName, name);

    private string Write(string name, string text)
    {
        var path = Path(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }
}
