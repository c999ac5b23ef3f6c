using Akka.Actor;
using Akka.Serialization;

namespace TransferEngine.Persistence;

/// <summary>Akka.NET's view of <see cref="JobEventJson"/>: no name of a type gets into the journal, and none is taken from it.</summary>
public sealed class JobEventSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>Stands in the journal beside each event.</summary>
    public override int Identifier => 7301;

    /// <inheritdoc/>
    public override string Manifest(object o) => JobEventJson.ManifestOf(o);

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) => JobEventJson.Serialize(obj);

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest) => JobEventJson.Deserialize(manifest, bytes);
}
