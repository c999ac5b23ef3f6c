using Microsoft.Extensions.Configuration;

namespace TransferEngine.Hosting;

/// <summary>The options of a job file as a source of the section <c>transfer-engine</c>.</summary>
public static class JobFileConfiguration
{
    /// <summary>Adds <see cref="JobFile.Options"/>.</summary>
    public static IConfigurationBuilder AddJobFileOptions(this IConfigurationBuilder builder, JobFile file) =>
        builder.AddInMemoryCollection(file.Options.Select(option => KeyValuePair.Create($"{EngineOptions.Section}:{option.Key}", (string?)option.Value)));
}
