using System.Text.Json;
using System.Text.Json.Serialization;
using TransferEngine.Images;

namespace TransferEngine.Storage.Packages;

/// <summary>How a package's index is written: compact, names in camel case, nothing unknown and nothing left out.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = false, IgnoreReadOnlyProperties = true, MaxDepth = 8,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true,
    AllowDuplicateProperties = false,
    Converters = [typeof(PackageTexts.DigestConverter), typeof(PackageTexts.RepositoryNameConverter), typeof(PackageTexts.TagConverter)])]
[JsonSerializable(typeof(PackageIndex))]
internal sealed partial class PackageJson : JsonSerializerContext;

/// <summary>The texts of an index that must be names or digests.</summary>
internal static class PackageTexts
{
    private static string TextOf(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw new JsonException("There is something else where a text should be.");

    internal sealed class DigestConverter : JsonConverter<Digest>
    {
        public override Digest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            TextOf(ref reader) is var text && Digest.TryParse(text, out var digest) ? digest : throw new JsonException($"'{Printable.Of(text)}' is no digest.");

        public override void Write(Utf8JsonWriter writer, Digest value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }

    internal sealed class RepositoryNameConverter : JsonConverter<RepositoryName>
    {
        public override RepositoryName Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            TextOf(ref reader) is var text && RepositoryName.TryParse(text, out var name) ? name : throw new JsonException($"'{Printable.Of(text)}' is no repository name.");

        public override void Write(Utf8JsonWriter writer, RepositoryName value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }

    internal sealed class TagConverter : JsonConverter<Tag>
    {
        public override Tag Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            TextOf(ref reader) is var text && Tag.TryParse(text, out var tag) ? tag : throw new JsonException($"'{Printable.Of(text)}' is no tag.");

        public override void Write(Utf8JsonWriter writer, Tag value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}
