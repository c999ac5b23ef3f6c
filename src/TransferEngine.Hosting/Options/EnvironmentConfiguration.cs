using System.Collections;
using Microsoft.Extensions.Configuration;

namespace TransferEngine.Hosting;

/// <summary>
/// Environment variables as a source of the section <c>transfer-engine</c>: <c>TRANSFER_ENGINE__REGISTRY__RETRY_TIMES=3</c> is
/// <c>transfer-engine.registry.retry-times = 3</c>. A host whose configuration has all variables of its environment needs it not.
/// </summary>
public static class EnvironmentConfiguration
{
    /// <summary>What the variables begin with.</summary>
    public const string Prefix = "TRANSFER_ENGINE__";

    public static IConfigurationBuilder AddTransferEngineEnvironment(this IConfigurationBuilder builder) =>
        builder.AddInMemoryCollection(Read(Environment.GetEnvironmentVariables()));

    internal static IEnumerable<KeyValuePair<string, string?>> Read(IDictionary variables) => variables.Cast<DictionaryEntry>()
        .Where(entry => ((string)entry.Key).StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        .Select(entry => KeyValuePair.Create($"{EngineOptions.Section}:{((string)entry.Key)[Prefix.Length..].Replace("__", ":", StringComparison.Ordinal)}", (string?)entry.Value));
}
