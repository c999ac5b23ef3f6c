namespace TransferEngine.Hocon.Tests;

/// <summary>Short ways to read a document in a test.</summary>
internal static class Read
{
    public static IConfigurationRoot Document(string text) => new ConfigurationBuilder().AddHocon(text, "test").Build();

    public static HoconException Failure(string text) => Assert.Throws<HoconException>(() => Document(text));

    /// <summary>Leaves only, as <c>a:b:0=value</c>, hyphened keys once as written.</summary>
    public static string[] Leaves(string text) =>
        [.. Document(text).AsEnumerable().Where(pair => pair.Value is not null).Select(pair => $"{pair.Key}={pair.Value}").Order(StringComparer.Ordinal)];
}
