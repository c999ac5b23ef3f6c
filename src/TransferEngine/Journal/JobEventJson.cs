using System.Text.Json;
using System.Text.Json.Serialization;

namespace TransferEngine;

/// <summary>
/// The stored form of <see cref="IJobEvent"/>: a short manifest that names the kind, and JSON. So state can be read with <c>sqlite3</c> or <c>psql</c>.
/// </summary>
public static partial class JobEventJson
{
    private static readonly (Type Type, string Manifest)[] Kinds =
    [
        (typeof(JobStarted), "job-started"),
        (typeof(RepositoryOpened), "repository-opened"),
        (typeof(RepositoryCompleted), "repository-completed"),
        (typeof(JobFinished), "job-finished"),
        (typeof(BlobUploaded), "blob-uploaded"),
        (typeof(ManifestPushed), "manifest-pushed"),
        (typeof(TagSet), "tag-set"),
    ];

    private static readonly Dictionary<Type, string> Manifests = Kinds.ToDictionary(kind => kind.Type, kind => kind.Manifest);

    private static readonly Dictionary<string, Type> Types = Kinds.ToDictionary(kind => kind.Manifest, kind => kind.Type, StringComparer.Ordinal);

    /// <exception cref="ArgumentException">The object is no <see cref="IJobEvent"/> known here.</exception>
    public static string ManifestOf(object value) => Manifests.TryGetValue(value.GetType(), out var manifest)
        ? manifest
        : throw new ArgumentException($"{value.GetType()} is no stored event.", nameof(value));

    public static byte[] Serialize(object value) => JsonSerializer.SerializeToUtf8Bytes(value, value.GetType(), Context.Default);

    /// <exception cref="ArgumentException">The manifest names no kind known here: the journal is from a newer version.</exception>
    public static object Deserialize(string manifest, ReadOnlySpan<byte> json) => Types.TryGetValue(manifest, out var type)
        ? JsonSerializer.Deserialize(json, type, Context.Default) ?? throw new ArgumentException($"The stored {manifest} is null.", nameof(json))
        : throw new ArgumentException($"'{manifest}' is no kind of stored event that this version knows.", nameof(manifest));

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
    [JsonSerializable(typeof(JobStarted))]
    [JsonSerializable(typeof(RepositoryOpened))]
    [JsonSerializable(typeof(RepositoryCompleted))]
    [JsonSerializable(typeof(JobFinished))]
    [JsonSerializable(typeof(BlobUploaded))]
    [JsonSerializable(typeof(ManifestPushed))]
    [JsonSerializable(typeof(TagSet))]
    private sealed partial class Context : JsonSerializerContext;
}
