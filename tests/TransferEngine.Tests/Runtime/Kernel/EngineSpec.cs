namespace TransferEngine.Tests.Runtime;

/// <summary>The base of the engine's actor specs under the kernel: a system that stores events as the product does.</summary>
public abstract class EngineSpec() : Actors.TestKit.TestKit(Settings)
{
    internal static ActorSystemSettings Settings { get; } = new() { Serializer = new JsonSerializer() };

    private sealed class JsonSerializer : IEventSerializer
    {
        public string Manifest(object value) => JobEventJson.ManifestOf(value);

        public byte[] Serialize(object value) => JobEventJson.Serialize(value);

        public object Deserialize(string manifest, ReadOnlyMemory<byte> payload) => JobEventJson.Deserialize(manifest, payload.Span);
    }
}
