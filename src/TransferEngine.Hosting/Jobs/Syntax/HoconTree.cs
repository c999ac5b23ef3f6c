using Microsoft.Extensions.Configuration;
using TransferEngine.Hocon;
using TransferEngine.Images;

namespace TransferEngine.Hosting;

/// <summary>Reads HOCON into nodes, by way of the configuration that it becomes.</summary>
internal static class HoconTree
{
    /// <exception cref="TransferException"><see cref="ErrorCode.ConfigurationInvalid"/>.</exception>
    public static MapNode ReadFile(string path) => Read(builder => builder.AddHoconFile(path));

    /// <inheritdoc cref="ReadFile"/>
    public static MapNode Read(Action<IConfigurationBuilder> add)
    {
        var builder = new ConfigurationBuilder();
        add(builder);
        try
        {
            return ReadMap(builder.Build());
        }
        catch (HoconException e)
        {
            throw new TransferException(new TransferError(ErrorCode.ConfigurationInvalid, e.Message) { Scope = ErrorScope.Endpoint }, e);
        }
    }

    private static MapNode ReadMap(IConfiguration section)
    {
        var children = section.GetChildren().ToList();
        // A key with hyphens is there a second time without them.
        var doubles = children.Where(child => child.Key.Contains('-', StringComparison.Ordinal)).Select(child => child.Key.Replace("-", "", StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
        return new MapNode([.. children.Where(child => !doubles.Contains(child.Key)).Select(child => new MapEntry(child.Key, ReadNode(child), null))], null);
    }

    private static ConfigNode ReadNode(IConfigurationSection section)
    {
        var children = section.GetChildren().ToList();
        if (children.Count == 0)
            return new ScalarNode(section.Value, null);
        return children.TrueForAll(child => int.TryParse(child.Key, out _))
            ? new ListNode([.. children.Select(ReadNode)], null)
            : ReadMap(section);
    }
}
