namespace TransferEngine.Hocon.Tests;

public sealed class BindingTests
{
    [Fact]
    public void Hyphened_keys_durations_and_sizes_bind_to_options()
    {
        var options = new Options();
        Read.Document("""
            my-section {
              open-things = 4
              first-pause = 500 ms
              long-pause = 2h
              pipe-bytes = 1 MiB
              rate = 10 MB
              is-on = true
              names = [a, b c]
              sub-part { inner-value = 7, more-names = [x] }
              by-name { "a-b" = 1, c = 2 }
            }
            """).GetSection("my-section").Bind(options);
        Assert.Equal(4, options.OpenThings);
        Assert.Equal(TimeSpan.FromMilliseconds(500), options.FirstPause);
        Assert.Equal(TimeSpan.FromHours(2), options.LongPause);
        Assert.Equal(1048576, options.PipeBytes);
        Assert.Equal(10_000_000L, options.Rate);
        Assert.True(options.IsOn);
        Assert.Equal(["a", "b c"], options.Names);
        Assert.Equal(7, options.SubPart.InnerValue);
        Assert.Equal(["x"], options.SubPart.MoreNames);
        Assert.Equal(new Dictionary<string, int> { ["a-b"] = 1, ["c"] = 2 }, options.ByName);
    }

    [Fact]
    public void A_section_below_a_section_is_found_by_its_written_path() =>
        Assert.Equal("3", Read.Document("my-engine.sub-part.retry-times = 3").GetSection("my-engine:sub-part")["RetryTimes"]);

    [Theory]
    [InlineData("a = \"10 s\"", "10 s")]
    [InlineData("a = \"10\" s", "10 s")]
    [InlineData("a = 10", "10")]
    [InlineData("a = 10 sheep", "10 sheep")]
    [InlineData("a = s", "s")]
    [InlineData("a = 10 S", "10 S")]
    [InlineData("a = 99999999999 TiB", "99999999999 TiB")]
    public void Only_an_unquoted_number_with_a_known_unit_is_converted(string text, string value) => Assert.Equal(value, Read.Document(text)["a"]);

    [Theory]
    [InlineData("1 ns", 0)]
    [InlineData("100ns", 1)]
    [InlineData("3us", 30)]
    [InlineData("1 milli", 10_000)]
    [InlineData("1.5 s", 15_000_000)]
    [InlineData("-2 seconds", -20_000_000)]
    [InlineData("1m", 600_000_000)]
    [InlineData("1 hour", 36_000_000_000)]
    [InlineData(" 1 d ", 864_000_000_000)]
    public void Durations_are_read(string text, long ticks) => Assert.Equal(ticks, HoconDuration.Parse(text).Ticks);

    [Theory]
    [InlineData("7B", 7)]
    [InlineData("1 kB", 1000)]
    [InlineData("1 k", 1024)]
    [InlineData("1.5 KiB", 1536)]
    [InlineData("2 MB", 2_000_000)]
    [InlineData("2M", 2_097_152)]
    [InlineData("3 gibibytes", 3_221_225_472)]
    [InlineData("1 TB", 1_000_000_000_000)]
    public void Sizes_are_read(string text, long bytes) => Assert.Equal(bytes, HoconSize.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("10 weeks")]
    [InlineData("ten s")]
    [InlineData("1,5 s")]
    [InlineData("99999999999999999999 d")]
    public void What_is_no_duration_or_size_is_refused(string text)
    {
        Assert.Throws<FormatException>(() => HoconDuration.Parse(text));
        Assert.Throws<FormatException>(() => HoconSize.Parse(text));
    }

    private sealed class Options
    {
        public int OpenThings { get; set; }

        public TimeSpan FirstPause { get; set; }

        public TimeSpan LongPause { get; set; }

        public int PipeBytes { get; set; }

        public long Rate { get; set; }

        public bool IsOn { get; set; }

        public List<string> Names { get; set; } = [];

        public Part SubPart { get; set; } = new();

        public Dictionary<string, int> ByName { get; set; } = [];
    }

    private sealed class Part
    {
        public int InnerValue { get; set; }

        public string[] MoreNames { get; set; } = [];
    }
}
