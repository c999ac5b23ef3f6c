using Microsoft.Extensions.Configuration;

namespace TransferEngine.Hocon;

/// <param name="open">Gives the document when the configuration is loaded; null for one that is not there and need not be.</param>
internal sealed class HoconConfigurationSource(Func<HoconSource?> open) : IConfigurationSource
{
    public IConfigurationProvider Build(IConfigurationBuilder builder) => new HoconConfigurationProvider(open);
}

internal sealed class HoconConfigurationProvider(Func<HoconSource?> open) : ConfigurationProvider
{
    public override void Load()
    {
        var data = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        if (open() is { } source)
        {
            var root = new HoconIncludes().Read(source, includedAt: []);
            HoconFlattening.Flatten(HoconResolver.Resolve(root, Environment.GetEnvironmentVariable), data);
        }
        Data = data;
    }
}
