using System.Text.Json;
using System.Text.Json.Serialization;
using TransferEngine.Images;

namespace TransferEngine.Storage.DockerArchives;

/// <summary>
/// The member <c>transfer.json</c> of archives written here: from which digests the images were made. Nothing else in an archive tells
/// them, and without them nobody could compare it with its source. Docker and its kin do not look at it.
/// </summary>
internal sealed partial record ArchiveRecord
{
    public const string Member = "transfer.json";

    private const int MaxBytes = 64 * 1024 * 1024;

    private static readonly ArchiveRecordJson Json = new(new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, RespectNullableAnnotations = true });

    /// <summary>The manifests' digests by tag, by repository.</summary>
    public required SortedDictionary<string, SortedDictionary<string, string>> Tags { get; init; }

    /// <summary>Digests of all manifests that the images were made from, indexes included.</summary>
    public required SortedSet<string> Manifests { get; init; }

    /// <summary>The blobs that the manifests name, by digest.</summary>
    public required SortedDictionary<string, RecordedBlob> Blobs { get; init; }

    public static ArchiveRecord Of(SavedImages images)
    {
        var record = new ArchiveRecord { Tags = new(StringComparer.Ordinal), Manifests = new(StringComparer.Ordinal), Blobs = new(StringComparer.Ordinal) };
        foreach (var (name, image) in images.Tags)
        {
            if (!record.Tags.TryGetValue(name.Repository.ToString(), out var tags))
                record.Tags.Add(name.Repository.ToString(), tags = new(StringComparer.Ordinal));
            tags.Add(name.Tag.ToString(), image.Root.Digest.ToString());
            record.Manifests.UnionWith([image.Root.Digest.ToString(), image.Manifest.Digest.ToString()]);
            foreach (var (blob, member) in image.Manifest.Blobs)
                record.Blobs[blob.Digest.ToString()] = new RecordedBlob(blob.Size, member.Name);
        }
        return record;
    }

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, Json.ArchiveRecord);

    /// <summary>Null if the archive has none that could be read: then somebody else wrote it.</summary>
    public static ArchiveRecord? TryRead(ArchiveFile archive)
    {
        try
        {
            return archive.Find(Member) is { } file ? JsonSerializer.Deserialize(archive.Read(file, MaxBytes), Json.ArchiveRecord) : null;
        }
        catch (Exception e) when (e is JsonException or TransferException)
        {
            return null;
        }
    }

    internal sealed record RecordedBlob(long Size, string Member);

    [JsonSerializable(typeof(ArchiveRecord))]
    private sealed partial class ArchiveRecordJson : JsonSerializerContext;
}
