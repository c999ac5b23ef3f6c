using System.Collections;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using TransferEngine.Hocon;

namespace TransferEngine.Hosting;

/// <summary>
/// Environment variables as a source of the section <c>transfer-engine</c>: <c>TRANSFER_ENGINE__REGISTRY__RETRY_TIMES=3</c> is
/// <c>transfer-engine.registry.retry-times = 3</c>. Values take the same units as in HOCON files.
/// </summary>
public static class EnvironmentConfiguration
{
    /// <summary>What the variables begin with.</summary>
    public const string Prefix = "TRANSFER_ENGINE__";

    public static IConfigurationBuilder AddTransferEngineEnvironment(this IConfigurationBuilder builder) =>
        builder.AddInMemoryCollection(Read(Environment.GetEnvironmentVariables()));

    internal static IEnumerable<KeyValuePair<string, string?>> Read(IDictionary variables) => variables.Cast<DictionaryEntry>()
        .Where(entry => ((string)entry.Key).StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        .Select(entry => KeyValuePair.Create($"{EngineOptions.Section}:{KeyOf((string)entry.Key)}", Normalize((string?)entry.Value)));

    // The options' own names have no hyphens, so a single underscore is dropped.
    private static string KeyOf(string variable) => string.Join(':', variable[Prefix.Length..].Split("__"))
        .Replace("_", "", StringComparison.Ordinal);

    internal static string? Normalize(string? value) => HoconDuration.TryParse(value, out var duration)
        ? duration.ToString("c", CultureInfo.InvariantCulture)
        : HoconSize.TryParse(value, out var bytes) ? bytes.ToString(CultureInfo.InvariantCulture) : value;
}
