namespace TransferEngine.Sql;

/// <summary>The kernel's view of <see cref="JobEventJson"/>.</summary>
internal sealed class JobEventSerializer : IEventSerializer
{
    public string Manifest(object value) => JobEventJson.ManifestOf(value);

    public byte[] Serialize(object value) => JobEventJson.Serialize(value);

    public object Deserialize(string manifest, ReadOnlyMemory<byte> payload) => JobEventJson.Deserialize(manifest, payload.Span);
}
