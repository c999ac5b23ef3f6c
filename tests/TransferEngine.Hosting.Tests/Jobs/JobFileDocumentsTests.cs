using System.Reflection;
using System.Text.Json;
using Xunit;

namespace TransferEngine.Hosting.Tests.Jobs;

/// <summary>Holds the schema and the description of job files against the code.</summary>
public sealed class JobFileDocumentsTests
{
    private static readonly JsonElement Schema = JsonDocument.Parse(File.ReadAllText(PathOf("job-file.schema.json"))).RootElement;

    [Theory]
    [InlineData("job", typeof(JobDefinition))]
    [InlineData("endpoint", typeof(EndpointDefinition))]
    [InlineData("select", typeof(SelectionDefinition))]
    [InlineData("harbor", typeof(HarborSettings))]
    public void The_schema_has_the_keys_that_are_read(string definition, Type type)
    {
        var keys = Schema.GetProperty("$defs").GetProperty(definition).GetProperty("properties").EnumerateObject().Select(property => property.Name);
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(property => Kebab(property.Name));
        Assert.Equal(properties.Order(StringComparer.Ordinal), keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_example_in_the_description_is_a_job_file()
    {
        var text = File.ReadAllText(PathOf("job-file.md"));
        var begin = text.IndexOf("```yaml\n", StringComparison.Ordinal) + "```yaml\n".Length;
        var file = JobFileTests.Parse(text[begin..text.IndexOf("```", begin, StringComparison.Ordinal)]);
        var opener = new JobOpener(NSubstitute.Substitute.For<IEndpoints>(), new EngineOptions(), _ => "s3cret");
        Assert.Equal(["releases", null, null], file.Jobs.Select(opener.Prepare).Select(job => job.Definition.Name));
    }

    private static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "hocon", name);

    private static string Kebab(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) && i > 0 ? $"-{char.ToLowerInvariant(c)}" : char.ToLowerInvariant(c).ToString()));
}
