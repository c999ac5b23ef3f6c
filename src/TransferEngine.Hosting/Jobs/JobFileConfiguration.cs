using Microsoft.Extensions.Configuration;

namespace TransferEngine.Hosting;

/// <summary>The options of a job file as a source of the section <c>transfer-engine</c>.</summary>
public static class JobFileConfiguration
{
    /// <summary>Adds <see cref="JobFile.Options"/>; values take the same units as in HOCON files.</summary>
    public static IConfigurationBuilder AddJobFileOptions(this IConfigurationBuilder builder, JobFile file) =>
        builder.AddInMemoryCollection(file.Options.Select(option => KeyValuePair.Create(
            $"{EngineOptions.Section}:{option.Key.Replace("-", "", StringComparison.Ordinal)}", EnvironmentConfiguration.Normalize(option.Value))));
}
