using Akka.Serialization;

namespace TransferEngine.Sql;

/// <summary>Akka.NET's view of <see cref="JobEventJson"/>. Made by reflection; the configuration names it.</summary>
public sealed class JobEventSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    public override int Identifier => JournalSchema.SerializerIdentifier;

    public override string Manifest(object o) => JobEventJson.ManifestOf(o);

    public override byte[] ToBinary(object obj) => JobEventJson.Serialize(obj);

    public override object FromBinary(byte[] bytes, string manifest) => JobEventJson.Deserialize(manifest, bytes);
}
