using System.Collections;
using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using TransferEngine.Hocon;
using TransferEngine.Images;
using TransferEngine.Registry;
using TransferEngine.Persistence;
using Xunit;

namespace TransferEngine.Hosting.Tests;

/// <summary>Every key from every source that a host may have, in the spelling that is usual there; none of them takes what is no key.</summary>
public sealed class OptionSourcesTests
{
    private static readonly (Type Type, string Section)[] Classes =
    [
        (typeof(EngineOptions), "transfer-engine"), (typeof(RegistryOptions), "transfer-engine:registry"),
        (typeof(HarborOptions), "transfer-engine:harbor"), (typeof(JobStoreOptions), "transfer-engine:journal"),
    ];

    private static readonly Dictionary<string, Func<string, string, IConfigurationBuilder, IConfigurationBuilder>> Sources = new()
    {
        ["HOCON"] = (key, value, builder) => builder.AddHocon($"{key.Replace(':', '.')} = \"{value}\""),
        ["HOCON, unquoted"] = (key, value, builder) => builder.AddHocon($"{key.Replace(':', '.')} = {(value.Contains('=') ? $"[\"{value}\"]" : value)}"),
        ["JSON"] = (key, value, builder) => builder.AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(Json(key, value).ToJsonString()))),
        ["JSON, as code spells it"] = (key, value, builder) => builder.AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(Json(Pascal(key), value).ToJsonString()))),
        ["in memory"] = (key, value, builder) => builder.AddInMemoryCollection([new(key, value)]),
        ["in memory, as code spells it"] = (key, value, builder) => builder.AddInMemoryCollection([new(Pascal(key), value)]),
        ["command line"] = (key, value, builder) => builder.AddCommandLine([$"--{key}={value}"]),
        ["environment"] = (key, value, builder) => builder.AddInMemoryCollection(EnvironmentConfiguration.Read(new Hashtable { [Variable(key)] = value })),
        // What a host's own source makes of the same variable.
        ["environment of a host"] = (key, value, builder) => builder.AddInMemoryCollection([new(Variable(key).Replace("__", ":", StringComparison.Ordinal), value)]),
        ["job file"] = (key, value, builder) => builder.AddJobFileOptions(JobFile.ParseYaml(new StringReader(
            $"options: {Json(key["transfer-engine:".Length..], value).ToJsonString()}\njobs: [{{source: a, target: b}}]"))),
    };

    public static TheoryData<string, string> Everything()
    {
        var data = new TheoryData<string, string>();
        foreach (var source in Sources.Keys)
        {
            foreach (var (type, section) in Classes)
            {
                foreach (var property in Properties(type))
                    data.Add(source, $"{section}:{OptionKeys.Kebab(property.Name)}");
            }
        }
        return data;
    }

    public static TheoryData<string> SourceNames => [.. Sources.Keys];

    [Theory]
    [MemberData(nameof(Everything))]
    public void Every_key_is_taken_from_every_source(string source, string key)
    {
        // A list stands in a job, not in the options of its file.
        if (source == "job file" && key == "transfer-engine:mapping")
            return;
        var (type, section) = Classes.Single(options => key.StartsWith(options.Section + ":", StringComparison.Ordinal) && !key[(options.Section.Length + 1)..].Contains(':'));
        var property = Properties(type).Single(property => $"{section}:{OptionKeys.Kebab(property.Name)}" == key);
        var (text, value) = Sample(property);
        var bound = property.GetValue(Bind(type, Sources[source](key, text, new ConfigurationBuilder()).Build()));
        Assert.Equal(value, bound is IReadOnlyList<string> texts ? string.Join(", ", texts) : bound);
    }

    [Theory]
    [MemberData(nameof(SourceNames))]
    public void What_is_no_key_is_refused_from_every_source(string source)
    {
        foreach (var (type, section) in Classes)
        {
            var configuration = Sources[source]($"{section}:retry-tims", "3", new ConfigurationBuilder()).Build();
            var error = Assert.Throws<TransferException>(() => Bind(type, configuration)).Error;
            Assert.Equal(ErrorCode.ConfigurationInvalid, error.Code);
            Assert.Contains("is no key; known: ", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_stronger_source_decides_however_it_spells_a_key()
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("transfer-engine:blob-retries", "1"), new("TransferEngine:Registry:RetryTimes", "1"), new("transfer-engine:mapping:0", "last=1"), new("transfer-engine:mapping:1", "last=2")])
            .AddInMemoryCollection([new("TRANSFER_ENGINE:BLOB_RETRIES", "2"), new("transfer-engine:registry:retry-times", "2"), new("TRANSFER_ENGINE:MAPPING", "flatten=-")]).Build();
        var options = (EngineOptions)Bind(typeof(EngineOptions), configuration);
        Assert.Equal(2, options.BlobRetries);
        Assert.Equal(["flatten=-"], options.Mapping);
        Assert.Equal(2, ((RegistryOptions)Bind(typeof(RegistryOptions), configuration)).RetryTimes);
    }

    [Fact]
    public void One_source_that_says_two_things_of_a_key_is_refused()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("transfer-engine:blob-retries", "1"), new("transfer-engine:BlobRetries", "2")]).Build();
        Assert.Contains("are the same key", Assert.Throws<TransferException>(() => Bind(typeof(EngineOptions), configuration)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("transfer-engine:blob-backoff", "5", "transfer-engine.blob-backoff can't be '5': it is a duration with its unit, like 500 ms")]
    [InlineData("transfer-engine:pushers", "many", "transfer-engine.pushers can't be 'many': it is a number")]
    [InlineData("transfer-engine:pushers", "4 GiB", "transfer-engine.pushers can't be '4 GiB'")]
    [InlineData("transfer-engine:pushers:0", "4", "transfer-engine.pushers can't be '4'")]
    [InlineData("transfer-engine:registry", "4", "transfer-engine.registry is a section")]
    [InlineData("transfer-engine:pushers", "", "transfer-engine.pushers can't be ''")]
    public void What_a_key_can_not_mean_is_refused_with_what_it_can(string key, string value, string expected)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new(key, value)]).Build();
        Assert.Contains(expected, Assert.Throws<TransferException>(() => Bind(typeof(EngineOptions), configuration)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_in_place_of_a_text_are_refused_and_not_shown()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("transfer-engine:journal:database:password", "topsecret")]).Build();
        var failure = Assert.Throws<TransferException>(() => Bind(typeof(JobStoreOptions), configuration));
        Assert.Contains("transfer-engine.journal.database can't be a list or a section: it is one text", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("topsecret", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_that_looks_like_a_duration_stays_a_text()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(EnvironmentConfiguration.Read(new Hashtable { ["TRANSFER_ENGINE__JOURNAL__STATE_DIRECTORY"] = "1 h" })).Build();
        Assert.Equal("1 h", ((JobStoreOptions)Bind(typeof(JobStoreOptions), configuration)).StateDirectory);
    }

    private static IEnumerable<PropertyInfo> Properties(Type type) => type.GetProperties().Where(property => property.CanWrite);

    // With a unit wherever a unit can be; never the default.
    private static (string Text, object Value) Sample(PropertyInfo property) => property switch
    {
        { Name: nameof(EngineOptions.PipeBytes) } => ("2 MiB", 2 * 1024 * 1024),
        { Name: nameof(HarborOptions.StorageLimit) } => ("50 GiB", 50L << 30),
        { Name: nameof(EngineOptions.Mapping) } => ("last=1", "last=1"),
        _ when property.PropertyType == typeof(TimeSpan) => ("1500 ms", TimeSpan.FromMilliseconds(1500)),
        _ when property.PropertyType == typeof(int) => ("7", 7),
        _ when property.PropertyType == typeof(bool) => ("false", false),
        _ when property.PropertyType.IsEnum => ("public", HarborVisibility.Public),
        _ => ("text", "text"),
    };

    private static object Bind(Type type, IConfiguration configuration)
    {
        using var services = new ServiceCollection().AddTransferEngine(configuration).BuildServiceProvider();
        var options = services.GetRequiredService(typeof(IOptions<>).MakeGenericType(type));
        try
        {
            return options.GetType().GetProperty("Value")!.GetValue(options)!;
        }
        catch (TargetInvocationException e) when (e.InnerException is TransferException inner)
        {
            throw inner;
        }
    }

    private static JsonNode Json(string key, string value) =>
        key.Split(':').Reverse().Aggregate((JsonNode)JsonValue.Create(value), (inner, part) => new JsonObject { [part] = inner });

    private static string Pascal(string key) => string.Join(':', key.Split(':').Select(part =>
        string.Concat(part.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..]))));

    private static string Variable(string key) => key.ToUpperInvariant().Replace(":", "__", StringComparison.Ordinal).Replace('-', '_');
}
