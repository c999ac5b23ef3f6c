using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using TransferEngine.Registry;
using TransferEngine.Persistence;

namespace TransferEngine.Hocon.Tests;

/// <summary>Holds the configuration files that come with the product against the options that they are bound to.</summary>
public sealed class ConfigurationFilesTests
{
    private static readonly (string Section, Type Options)[] Sections =
    [
        (EngineOptions.Section, typeof(EngineOptions)),
        (JobStoreOptions.Section, typeof(JobStoreOptions)),
        (EngineOptions.Section + ":registry", typeof(RegistryOptions)),
        (EngineOptions.Section + ":harbor", typeof(HarborOptions)),
    ];

    public static TheoryData<string, Type> AllSections
    {
        get
        {
            var data = new TheoryData<string, Type>();
            foreach (var (section, options) in Sections)
                data.Add(section, options);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(AllSections))]
    public void Every_option_has_a_key_and_every_key_an_option(string section, Type options)
    {
        var keys = KeysOf("transfer-engine.conf").Where(key => SectionOf(key) == section).Select(key => key[(section.Length + 1)..]);
        Assert.Equal(PropertiesOf(options).Select(Kebab).Order(StringComparer.Ordinal), keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(AllSections))]
    public void Every_default_is_the_one_in_the_code(string section, Type options)
    {
        var bound = Activator.CreateInstance(options)!;
        // Whatever is bound must come from the file: first make every value another one.
        foreach (var property in PropertiesOf(options).Where(property => property.PropertyType.IsValueType))
            property.SetValue(bound, Activator.CreateInstance(property.PropertyType));
        Load("transfer-engine.conf").GetSection(section).Bind(bound);
        Assert.Equal(AsText(Activator.CreateInstance(options)!), AsText(bound));
    }

    [Fact]
    public void Every_key_has_a_comment_above_it()
    {
        var lines = File.ReadAllLines(PathOf("transfer-engine.conf"));
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].Contains(" = ", StringComparison.Ordinal) && !lines[i].TrimStart().StartsWith('#'))
                Assert.StartsWith("#", lines[i - 1].TrimStart(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("profiles/embedded.conf")]
    [InlineData("profiles/service.conf")]
    public void A_profile_has_only_keys_that_exist_and_values_that_are_valid(string profile)
    {
        Assert.Subset(KeysOf("transfer-engine.conf").ToHashSet(), KeysOf(profile).ToHashSet());
        foreach (var (section, type) in Sections)
        {
            var options = Activator.CreateInstance(type)!;
            Load(profile).GetSection(section).Bind(options);
            Validator.ValidateObject(options, new ValidationContext(options), validateAllProperties: true);
        }
    }

    [Fact]
    public void The_service_profile_takes_the_folder_that_systemd_gives()
    {
        Environment.SetEnvironmentVariable("STATE_DIRECTORY", "/given");
        var given = Load("profiles/service.conf");
        Environment.SetEnvironmentVariable("STATE_DIRECTORY", null);
        Assert.Equal("/given", given.GetSection(JobStoreOptions.Section).Get<JobStoreOptions>()!.StateDirectory);
        Assert.Equal("/var/lib/transfer-engine", Load("profiles/service.conf").GetSection(JobStoreOptions.Section).Get<JobStoreOptions>()!.StateDirectory);
    }

    [Fact]
    public async Task What_is_said_of_Akka_net_is_what_its_actor_system_has()
    {
        var folder = Directory.CreateTempSubdirectory("transfer-test-").FullName;
        await using var system = new SqlActorSystem(new JobStoreOptions { StateDirectory = folder });
        var settings = (await system.GetAsync(CancellationToken.None)).Settings.Config;
        var said = KeysOf("transfer-engine.conf").Where(key => key.StartsWith("akka:", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(said);
        var configuration = Load("transfer-engine.conf");
        Assert.All(said, key => Assert.Equal(configuration[key], TimeSpan.TryParse(configuration[key], CultureInfo.InvariantCulture, out _) && configuration[key]!.Contains(':', StringComparison.Ordinal)
            ? settings.GetTimeSpan(key.Replace(':', '.')).ToString("c", CultureInfo.InvariantCulture)
            : settings.GetString(key.Replace(':', '.'))));
        await system.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "hocon", name);

    private static IConfigurationRoot Load(string name) => new ConfigurationBuilder().AddHoconFile(PathOf(name)).Build();

    /// <summary>Keys of values, in the spelling of the file alone: the reader also gives the one without hyphens.</summary>
    private static List<string> KeysOf(string name)
    {
        var keys = Load(name).AsEnumerable().Where(pair => pair.Value is not null).Select(pair => pair.Key).ToList();
        return keys.FindAll(key => !keys.Exists(other => other != key && other.Replace("-", "", StringComparison.Ordinal) == key.Replace("-", "", StringComparison.Ordinal)
            && other.Count(c => c == '-') > key.Count(c => c == '-')));
    }

    private static string SectionOf(string key) => key[..key.LastIndexOf(':')];

    private static PropertyInfo[] PropertiesOf(Type options) => options.GetProperties(BindingFlags.Public | BindingFlags.Instance);

    private static string Kebab(PropertyInfo property) =>
        string.Concat(property.Name.Select((c, i) => char.IsUpper(c) && i > 0 ? $"-{char.ToLowerInvariant(c)}" : char.ToLowerInvariant(c).ToString()));

    private static string AsText(object options) => JsonSerializer.Serialize(options, options.GetType());
}
