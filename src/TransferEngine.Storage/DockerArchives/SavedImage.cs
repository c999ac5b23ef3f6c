using System.Text.Json;
using TransferEngine.Images;

namespace TransferEngine.Storage.DockerArchives;

/// <summary>One entry of an archive's <c>manifest.json</c>, as it was written there.</summary>
/// <param name="Config">The member that holds the config.</param>
/// <param name="Names">The entry's <c>RepoTags</c>; may be empty.</param>
/// <param name="Layers">The members that hold the layers, the lowest first.</param>
internal sealed record SavedImage(string Config, IReadOnlyList<string> Names, IReadOnlyList<string> Layers)
{
    // No limit of docker's: far more than an archive of a whole registry has, and little memory.
    private const int MaxImages = 100_000;
    private const int MaxEntries = 10_000;

    /// <exception cref="TransferException"><see cref="ErrorCode.SourceUnreadable"/>: not what docker writes.</exception>
    public static List<SavedImage> ReadAll(ReadOnlyMemory<byte> manifest)
    {
        try
        {
            using var document = ManifestJson.Parse(manifest);
            if (document.RootElement.ValueKind != JsonValueKind.Array || document.RootElement.GetArrayLength() > MaxImages)
                throw Invalid($"It is no list, or one of more than {MaxImages} images.");
            return [.. document.RootElement.EnumerateArray().Select(Read)];
        }
        // The parser looks into strings only when they are read, and then calls bad UTF-8 an invalid operation.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Invalid("It is not JSON.", e);
        }
    }

    private static SavedImage Read(JsonElement entry)
    {
        if (ManifestJson.Find(entry, nameof(Config)) is not { ValueKind: JsonValueKind.String } config)
            throw Invalid("An image names no config.");
        return new SavedImage(config.GetString()!, Texts(entry, "RepoTags"), Texts(entry, nameof(Layers)));
    }

    private static List<string> Texts(JsonElement entry, string property)
    {
        if (ManifestJson.Find(entry, property) is not { ValueKind: not JsonValueKind.Null } array)
            return [];
        if (array.ValueKind != JsonValueKind.Array || array.GetArrayLength() > MaxEntries)
            throw Invalid($"An image's {property} are no list, or one of more than {MaxEntries} entries.");
        return [.. array.EnumerateArray().Select(text => text.ValueKind == JsonValueKind.String ? text.GetString()! : throw Invalid($"An image's {property} hold what is no text."))];
    }

    private static TransferException Invalid(string why, Exception? inner = null) =>
        new(new TransferError(ErrorCode.SourceUnreadable, $"The archive's manifest.json can't be used. {why}") { Scope = ErrorScope.Endpoint }, inner);
}
